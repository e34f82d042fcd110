// Owns one call from frame to reply: the input decoded, the job's function called, its result or its error encoded.

//go:build go1.21

package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"sync"
	"time"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// run runs one call and queues its reply; a streamed answer goes out meanwhile.
func (w *worker) run(endpoint *endpoint, f frame) {
	c := &call{worker: w, endpoint: endpoint, frame: f}
	started := time.Now()
	returned := false
	defer func() {
		if problem := recover(); problem != nil {
			c.fail(panicked(problem))
		} else if !returned {
			c.fail(errExited)
		}
		c.release()
		endpoint.took(time.Since(started))
	}()
	result, err := c.invoke()
	if err != nil {
		c.fail(err)
	} else {
		c.answer(result)
	}
	returned = true
}

// call is one call that runs.
type call struct {
	worker   *worker
	endpoint *endpoint
	frame    frame
	context  *callContext
	request  requestMeta // read from the frame's meta when it is first needed
	opened   io.Closer   // the file that holds the body, while the function reads from it
	form     *multipart.Form
	out      *outgoing
	replied  bool
}

// release gives back what the call has held.
func (c *call) release() {
	if c.context != nil {
		c.context.cancels(context.Canceled)
	}
	if c.context != nil || c.out != nil {
		c.worker.forget(c.frame.id)
	}
	if c.form != nil {
		_ = c.form.RemoveAll() // files that are gone already are no loss
	}
	if c.opened != nil {
		c.opened.Close()
	}
}

func (c *call) invoke() (any, error) {
	if c.endpoint.direct != nil {
		input, err := c.untypedInput()
		if err != nil {
			return nil, err
		}
		return c.endpoint.direct(input)
	}
	input, err := c.decode()
	if err != nil {
		return nil, err
	}
	return c.endpoint.invoke(c, input)
}

// openStream begins an answer in pieces.
func (c *call) openStream(meta []byte) *outgoing {
	c.out = newOutgoing(c.worker.connection, c.frame.id, meta)
	c.worker.listen(c.frame.id, c)
	return c.out
}

// cancel comes when the answer will not be read any more.
func (c *call) cancel([]byte) {
	if c.context != nil {
		c.context.cancel()
	}
	if c.out != nil {
		c.out.leave()
	}
}

func (c *call) window(bytes int) {
	if c.out != nil {
		c.out.give(bytes)
	}
}

func (c *call) input(frame) {}

// newContext makes the context of a call whose function takes one, and lets it hear when the call is cancelled.
func (c *call) newContext() context.Context {
	c.context = newCallContext(c)
	c.worker.listen(c.frame.id, c)
	return c.context
}

// fail sends the error of a call that has not been answered.
func (c *call) fail(err error) {
	if c.replied {
		return
	}
	c.replied = true
	meta, body := errorReply(err)
	c.worker.connection.queue(frame{kind: frameError, id: c.frame.id, meta: meta, body: body})
}

// answer sends what the function has returned.
func (c *call) answer(result any) {
	if c.endpoint.output != outputValue {
		c.stream(result)
		return
	}
	if reply := replyOf(result); reply != nil {
		c.sendReply(reply)
		return
	}
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	if err := encode(buffer, result); err != nil {
		c.fail(&encodingError{err})
	} else {
		c.replied = true
		c.worker.connection.queue(frame{kind: frameResult, id: c.frame.id, body: buffer.Bytes()})
	}
	if buffer.Cap() <= keptBuffer {
		buffers.Put(buffer)
	}
}

// encode writes the JSON of a value as a Go program would, but leaves <, > and & as they are.
func encode(to *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	to.Truncate(to.Len() - 1) // the encoder ends with a line break
	return nil
}
