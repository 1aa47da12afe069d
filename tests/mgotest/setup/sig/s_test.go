package sig

import "testing"

func TestA(t *testing.B) {}
