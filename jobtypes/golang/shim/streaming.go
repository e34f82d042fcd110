// Owns answers made of many items: a JSON array for ordinary callers, NDJSON or server-sent events for those who ask.

//go:build go1.21

package shim

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
)

const (
	lines  = "application/x-ndjson"
	events = "text/event-stream"
)

// errLeft ends a stream that nobody reads any more.
var errLeft = errors.New("the caller has left")

// stream sends the items of a channel or an iterator.
func (c *call) stream(result any) {
	mediaType := negotiate(strings.Join(c.meta().header().Values("Accept"), ","))
	if mediaType == "" {
		c.gather(result)
		return
	}
	s := &itemStream{call: c, mediaType: mediaType}
	s.out = c.openStream(toJSON(replyMeta{MediaType: mediaType, Headers: []string{"cache-control", "no-cache"}}))
	s.end(c.endpoint.each(result, s.out.gone, s.item))
}

// gather sends all items at once: a caller of plain JSON gets a proper error if the job fails half-way.
func (c *call) gather(result any) {
	watch := c.openStream(nil)
	body := bytes.NewBufferString("[")
	err := c.endpoint.each(result, watch.gone, func(item any) error {
		if watch.isGone() {
			return errLeft
		}
		if body.Len() > 1 {
			body.WriteByte(',')
		}
		if err := encode(body, item); err != nil {
			return &encodingError{err}
		}
		return nil
	})
	if err != nil {
		c.fail(err)
		return
	}
	c.replied = true
	body.WriteByte(']')
	c.worker.connection.queue(frame{kind: frameResult, id: c.frame.id, body: body.Bytes()})
}

// itemStream is one streamed answer.
type itemStream struct {
	call      *call
	out       *outgoing
	mediaType string
	line      bytes.Buffer
}

func (s *itemStream) item(value any) error {
	s.line.Reset()
	if s.mediaType == events {
		s.line.WriteString("data: ")
	}
	if err := encode(&s.line, value); err != nil {
		return &encodingError{err}
	}
	s.line.WriteString(map[bool]string{true: "\n\n", false: "\n"}[s.mediaType == events])
	s.call.replied = true
	if !s.out.put(s.line.Bytes()) {
		return errLeft
	}
	return nil
}

// end ends the stream; a failure before the first item is an ordinary error, a later one is the stream's last item.
func (s *itemStream) end(err error) {
	switch {
	case err == nil:
		if s.mediaType == events {
			s.out.put([]byte("event: end\ndata:\n\n"))
		}
	case err == errLeft:
	case !s.out.begun():
		s.call.replied = false
		s.call.fail(err)
		return
	default:
		s.out.put(s.errorLine(err))
		failure := failureOf(err)
		failure.InBand = true
		s.out.failure = toJSON(failure)
	}
	s.call.replied = true
	s.out.close()
}

func (s *itemStream) errorLine(err error) []byte {
	line := string(toJSON(errorBody{err.Error(), typeName(err)}))
	if s.mediaType == events {
		return []byte("event: error\ndata: " + line + "\n\n")
	}
	return []byte(line + "\n")
}

// each hands the items to use, one after the other, until that or the iterator says no.
func (e *endpoint) each(result any, gone <-chan struct{}, use func(item any) error) (err error) {
	value := reflect.ValueOf(result)
	if !value.IsValid() || value.IsNil() {
		return nil
	}
	defer func() {
		if problem := recover(); problem != nil {
			err = panicked(problem)
		}
	}()
	if e.output == outputChannel {
		return eachReceived(value, gone, use)
	}
	yield := reflect.MakeFunc(value.Type().In(0), func(given []reflect.Value) []reflect.Value {
		if len(given) == 2 && !given[1].IsNil() {
			err = given[1].Interface().(error)
		} else {
			err = use(given[0].Interface())
		}
		return []reflect.Value{reflect.ValueOf(err == nil)}
	})
	value.Call([]reflect.Value{yield})
	return err
}

func eachReceived(channel reflect.Value, gone <-chan struct{}, use func(item any) error) error {
	cases := []reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: channel},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(gone)},
	}
	for {
		chosen, item, open := reflect.Select(cases)
		if chosen == 1 {
			return errLeft
		}
		if !open {
			return nil
		}
		if err := use(item.Interface()); err != nil {
			return err
		}
	}
}

// negotiate is the streamed form that the caller asks for; empty for plain JSON.
func negotiate(accept string) string {
	for _, choice := range strings.Split(accept, ",") {
		name, _, _ := strings.Cut(choice, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case events:
			return events
		case lines, "application/jsonl", "application/x-jsonlines":
			return lines
		case "*/*", "application/json", "application/*":
			return ""
		}
	}
	return ""
}
