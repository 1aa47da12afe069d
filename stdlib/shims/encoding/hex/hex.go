package hex

import "encoding/hex"

func encode(src []byte) string { return hex.EncodeToString(src) }
func decode(src string) ([]byte, int) {
	out, err := hex.DecodeString(src)
	if _, ok := err.(hex.InvalidByteError); ok {
		return out, func() int {
			for i := range len(src) {
				if _, err := hex.DecodeString(src[i:i+1] + "0"); err != nil {
					return i
				}
			}
			return -1
		}()
	}
	return out, -1
}
