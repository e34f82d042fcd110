// Owns an answer that is sent piece by piece: the first piece at once, later ones merged, never more than the window ahead.

//go:build go1.21

package shim

import (
	"sync"
	"time"
)

const (
	pieceBytes = 64 << 10
	mergeBytes = 16 << 10
	mergeTime  = time.Millisecond
)

// outgoing is one streamed answer. One goroutine puts; the credit is moved by the reader of the connection.
type outgoing struct {
	*credit
	connection *connection
	id         uint32
	failure    []byte // meta of the end, when the answer broke off
	pieces     sync.Mutex
	meta       []byte // of the first piece, nil once that is out
	held       []byte // pieces that wait to be merged with the next
	timed      bool
}

// newOutgoing begins a streamed answer; its first piece carries the meta.
func newOutgoing(c *connection, id uint32, meta []byte) *outgoing {
	return &outgoing{credit: newCredit(), connection: c, id: id, meta: meta}
}

// begun says whether the status line is out: from then on an error can only break the answer off.
func (o *outgoing) begun() bool {
	o.pieces.Lock()
	defer o.pieces.Unlock()
	return o.meta == nil
}

// put sends a piece, after waiting for room; false when nobody reads any more.
func (o *outgoing) put(piece []byte) bool {
	if !o.has() {
		o.flush()
	}
	if !o.take(len(piece)) {
		return false
	}
	o.pieces.Lock()
	defer o.pieces.Unlock()
	o.held = append(o.held, piece...)
	if o.meta != nil || len(o.held) >= mergeBytes {
		o.sendHeld()
	} else if !o.timed {
		o.timed = true
		time.AfterFunc(mergeTime, o.flush)
	}
	return true
}

// flush sends what the job has not added to in time.
func (o *outgoing) flush() {
	o.pieces.Lock()
	o.timed = false
	if o.meta == nil && len(o.held) > 0 {
		o.sendHeld()
	}
	o.pieces.Unlock()
}

// begin sends the head before there is a body.
func (o *outgoing) begin() {
	o.pieces.Lock()
	if o.meta != nil {
		o.sendHeld()
	}
	o.pieces.Unlock()
}

// close sends what is left and ends the answer.
func (o *outgoing) close() {
	o.pieces.Lock()
	defer o.pieces.Unlock()
	if len(o.held) > 0 || o.meta != nil && o.failure == nil && !o.isGone() {
		o.sendHeld()
	}
	o.connection.send(frame{kind: frameEnd, id: o.id, meta: o.failure})
}

func (o *outgoing) sendHeld() {
	o.connection.send(frame{kind: frameChunk, id: o.id, meta: o.meta, body: o.held})
	o.meta, o.held = nil, o.held[:0]
}
