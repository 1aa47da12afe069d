package examples

type T struct{}

func (T) Method() {}
func Good()       {}
