package b

import "testing"

func TestFails(t *testing.T) {
	if Unused(1) != 1 {
		t.Fatal()
	}
	t.Error("as it should")
}

func TestLater(t *testing.T) { t.Log("later") }
