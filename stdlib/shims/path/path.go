package path

import real "path"



func match(p, n string) int {
	ok, err := real.Match(p, n)
	if err != nil { return 2 }
	if ok { return 0 }
	return 1
}
