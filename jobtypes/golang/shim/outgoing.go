// Owns an answer that is sent piece by piece: the first piece at once, later ones merged, never more than the window ahead.

//go:build go1.21

package shim

import (
	"sync"
	"time"
)

const (
	windowBytes = 256 << 10
	pieceBytes  = 64 << 10
	mergeBytes  = 16 << 10
	mergeTime   = time.Millisecond
)

// outgoing is one streamed answer. One goroutine puts; window and cancel come from the reader of the connection.
type outgoing struct {
	connection *connection
	id         uint32
	meta       []byte // of the first piece, nil once that is out
	failure    []byte // meta of the end, when the answer broke off
	leave      func()
	lock       sync.Mutex
	room       *sync.Cond
	held       []byte // pieces that wait to be merged with the next
	credit     int    // bytes that may still be sent
	cancelled  bool
	gone       chan struct{} // closed when the caller has left
	flushing   bool
}

// openStream begins a streamed answer; its first piece carries the meta.
func (c *call) openStream(meta []byte) *outgoing {
	o := &outgoing{connection: c.worker.connection, id: c.frame.id, meta: meta, credit: windowBytes, gone: make(chan struct{})}
	o.room = sync.NewCond(&o.lock)
	context := c.context
	if context != nil {
		o.leave = func() { context.cancel(nil) }
	}
	c.worker.listen(o.id, o)
	c.streamed = true
	return o
}

// begun says whether the status line is out: from then on an error can only break the answer off.
func (o *outgoing) begun() bool {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.meta == nil
}

// put sends a piece, after waiting for room; false when nobody reads any more.
func (o *outgoing) put(piece []byte) bool {
	o.lock.Lock()
	defer o.lock.Unlock()
	for o.credit <= 0 && !o.cancelled {
		o.sendHeld()
		o.room.Wait()
	}
	if o.cancelled {
		return false
	}
	o.held = append(o.held, piece...)
	if o.meta != nil || len(o.held) >= mergeBytes {
		o.sendHeld()
	} else if !o.flushing {
		o.flushing = true
		time.AfterFunc(mergeTime, o.flush)
	}
	return true
}

// flush sends what the job has not added to in time.
func (o *outgoing) flush() {
	o.lock.Lock()
	o.flushing = false
	if o.meta == nil {
		o.sendHeld()
	}
	o.lock.Unlock()
}

// close sends what is left and ends the answer.
func (o *outgoing) close() {
	o.lock.Lock()
	defer o.lock.Unlock()
	if o.meta != nil && o.failure == nil && !o.cancelled || len(o.held) > 0 {
		o.sendHeld()
	}
	o.connection.send(frame{kind: frameEnd, id: o.id, meta: o.failure})
}

// sendHeld sends the pieces in one frame; an empty first one carries the head alone.
func (o *outgoing) sendHeld() {
	if len(o.held) == 0 && o.meta == nil {
		return
	}
	o.credit -= len(o.held)
	o.connection.send(frame{kind: frameChunk, id: o.id, meta: o.meta, body: o.held})
	o.meta, o.held = nil, o.held[:0]
}

func (o *outgoing) window(bytes int) {
	o.lock.Lock()
	o.credit += bytes
	o.room.Broadcast()
	o.lock.Unlock()
}

func (o *outgoing) cancel(meta []byte) {
	o.lock.Lock()
	if !o.cancelled {
		o.cancelled = true
		close(o.gone)
	}
	o.room.Broadcast()
	o.lock.Unlock()
	if o.leave != nil {
		o.leave()
	}
}

func (o *outgoing) input(frame) {}
