package bad

import "testing"

func TestBad(t *testing.T) {
	undefined(t)
	var unused int
}
