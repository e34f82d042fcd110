// Owns the socket to the wrapper: frames in, and frames out in batches.

//go:build go1.21

package shim

import (
	"encoding/json"
	"os"
	"sync"
	"syscall"
)

// connection may be written to by anyone; reading belongs to one goroutine at a time.
type connection struct {
	file    *os.File
	decoder decoder
	lock    sync.Mutex
	pending []byte // frames that wait to be written
	spare   []byte // the buffer of the last write, to be used again
	writing bool
}

const keptBuffer = 1 << 20

// queue leaves a frame for the next flush.
func (c *connection) queue(f frame) {
	c.lock.Lock()
	c.pending = appendFrame(c.pending, f)
	c.lock.Unlock()
}

// send writes a frame, together with whatever else waits.
func (c *connection) send(f frame) {
	c.queue(f)
	c.flush()
}

// sendJSON sends a frame whose body is JSON.
func (c *connection) sendJSON(kind byte, id uint32, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // only values of our own are sent this way
	}
	c.send(frame{kind: kind, id: id, body: body})
}

// flush writes what waits. Whoever comes while another one writes leaves that to him.
func (c *connection) flush() {
	c.lock.Lock()
	if c.writing {
		c.lock.Unlock()
		return
	}
	c.writing = true
	for len(c.pending) > 0 {
		batch := c.pending
		c.pending, c.spare = c.spare[:0], nil
		c.lock.Unlock()
		if _, err := c.file.Write(batch); err != nil {
			endGroup() // the wrapper is gone
		}
		c.lock.Lock()
		if cap(batch) <= keptBuffer {
			c.spare = batch
		}
	}
	c.writing = false
	c.lock.Unlock()
}

// receive blocks for the next frame. The end of the stream ends the process; what others wait for is written first.
func (c *connection) receive() frame {
	for {
		f, whole, err := c.decoder.next()
		if err != nil {
			os.Exit(1)
		}
		if whole {
			return f
		}
		c.flush()
		count, err := c.file.Read(c.decoder.room())
		if count == 0 || err != nil {
			endGroup()
		}
		c.decoder.took(count)
	}
}

// endGroup ends this process together with what it has started: with the wrapper gone nobody else would.
func endGroup() {
	if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != syscall.ECHILD && syscall.Getpgrp() == os.Getpid() {
		_ = syscall.Kill(0, syscall.SIGKILL)
	}
	os.Exit(0)
}
