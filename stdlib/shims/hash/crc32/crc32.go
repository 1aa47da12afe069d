package crc32

func update(crc uint32, table []uint32, p []byte) uint32 {
	crc = ^crc
	for _, c := range p {
		crc = table[byte(crc)^c] ^ crc>>8
	}
	return ^crc
}
