// Owns how far ahead of its receiver a stream may be, and whether anybody still receives.

//go:build go1.21

package shim

import "sync"

const (
	windowBytes = 256 << 10 // what may be sent before the receiver has said anything
	windowStep  = 64 << 10  // room is given back in steps of so many bytes
)

// credit is the room of one stream; it is taken by the sender, and given back by what the wrapper says.
type credit struct {
	lock sync.Mutex
	more *sync.Cond
	left int
	gone chan struct{} // closed when nobody receives any more
}

func newCredit() *credit {
	c := &credit{left: windowBytes, gone: make(chan struct{})}
	c.more = sync.NewCond(&c.lock)
	return c
}

// has says whether take would not wait.
func (c *credit) has() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.left > 0
}

// take waits for room and uses it; false when nobody receives any more.
func (c *credit) take(bytes int) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	for c.left <= 0 && !c.isGone() {
		c.more.Wait()
	}
	c.left -= bytes
	return !c.isGone()
}

func (c *credit) give(bytes int) {
	c.lock.Lock()
	c.left += bytes
	c.more.Broadcast()
	c.lock.Unlock()
}

// leave tells the sender that nobody receives any more.
func (c *credit) leave() {
	c.lock.Lock()
	if !c.isGone() {
		close(c.gone)
	}
	c.more.Broadcast()
	c.lock.Unlock()
}

func (c *credit) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}
