package time

import (
	"fmt"
	"sync"
	"time"

	"x/internal/rt"
)

func appendInt(b []byte, x int, width int) []byte {
	if x < 0 {
		b = append(b, '-')
		x = -x
	}
	return append(b, fmt.Sprintf("%0*d", width, x)...)
}
func now() (sec int64, nsec int32, mono int64) {
	t := time.Now()
	return t.Unix(), int32(t.Nanosecond()), rt.Nanotime()
}
func durationString(d int64) string { return time.Duration(d).String() }
func Sleep(d Duration)              { time.Sleep(time.Duration(d)) }

var locs = []*time.Location{nil, time.Local}

func zoneLoad(name string) int {
	l, err := time.LoadLocation(name)
	if err != nil {
		return 0
	}
	locs = append(locs, l)
	return len(locs) - 1
}
func zoneLocal() (int, string) { return 1, time.Local.String() }
func zoneAt(id int, unix int64) (string, int, int64, int64, bool) {
	t := time.Unix(unix, 0).In(locs[id])
	n, o := t.Zone()
	s, e := t.ZoneBounds()
	a, b := int64(-1<<63), int64(1<<63-1)
	if !s.IsZero() {
		a = s.Unix()
	}
	if !e.IsZero() {
		b = e.Unix()
	}
	return n, o, a, b, t.IsDST()
}
func zoneNamed(id int, name string, unix int64) (int, bool) {
	for _, d := range []int64{0, 180 * 86400, -180 * 86400, -3600 * 24 * 365 * 30} {
		if n, o, _, _, _ := zoneAt(id, unix+d); n == name {
			return o, true
		}
	}
	return 0, false
}

var tmu sync.Mutex
var active = map[uint64]*time.Timer{}
var nextID uint64

func stopLocked(id *uint64, c chan Time) bool {
	was := false
	if t := active[*id]; t != nil {
		t.Stop()
		delete(active, *id)
		was = true
	}
	select {
	case <-c:
		was = true
	default:
	}
	return was
}
func resetTimer(id *uint64, when, period int64, c chan Time, f func(), loc *Location) bool {
	tmu.Lock()
	defer tmu.Unlock()
	was := stopLocked(id, c)
	nextID++
	me := nextID
	*id = me
	var fire func()
	fire = func() {
		tmu.Lock()
		defer tmu.Unlock()
		if active[me] == nil {
			return
		}
		if period > 0 {
			when += period
			active[me] = time.AfterFunc(time.Duration(when-rt.Nanotime()), fire)
		} else {
			delete(active, me)
		}
		if c != nil {
			t := Now()
			t.loc = loc
			select {
			case c <- t:
			default:
			}
		} else {
			go f()
		}
	}
	active[me] = time.AfterFunc(time.Duration(when-rt.Nanotime()), fire)
	return was
}
func stopTimer(id *uint64, c chan Time) bool {
	tmu.Lock()
	defer tmu.Unlock()
	return stopLocked(id, c)
}
