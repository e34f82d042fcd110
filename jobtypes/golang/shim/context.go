// Owns the context of a call: cancelled when the caller leaves or the deadline passes, and the way to the call's request.

//go:build go1.21

package shim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// requestMeta is CallMeta in wrapper/protocol/messages.ts.
type requestMeta struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Query    string            `json:"query"`
	Params   map[string]string `json:"params"`
	Headers  []string          `json:"headers"`
	Client   string            `json:"client"`
	Deadline int64             `json:"deadline"`
	BodyFile string            `json:"bodyFile"`
	once     sync.Once
}

// meta is what the wrapper says about the request, read when it is first needed.
func (c *call) meta() *requestMeta {
	c.request.once.Do(func() {
		if len(c.frame.meta) > 0 {
			_ = json.Unmarshal(c.frame.meta, &c.request) // what cannot be read is not there
		}
	})
	return &c.request
}

func (m *requestMeta) header() http.Header {
	header := http.Header{}
	for at := 0; at+1 < len(m.Headers); at += 2 {
		header.Add(m.Headers[at], bytesOf(m.Headers[at+1]))
	}
	return header
}

// exchangeKey is the key under which a context holds the number of its call: log lines carry it.
type exchangeKey struct{}

// requestKey is the key under which a context holds the *http.Request of its call.
const requestKey = "request"

// callContext is the context that the job's function is given.
type callContext struct {
	context.Context
	call    *call
	cancels context.CancelCauseFunc
	once    sync.Once
	request *http.Request
}

func newCallContext(c *call) *callContext {
	inner, cancel := context.WithCancelCause(context.Background())
	return &callContext{Context: inner, call: c, cancels: cancel}
}

// Deadline is when the caller stops waiting.
func (x *callContext) Deadline() (time.Time, bool) {
	deadline := x.call.meta().Deadline
	return time.UnixMilli(deadline), deadline > 0
}

// Err says DeadlineExceeded for a call that was cancelled because its time was over.
func (x *callContext) Err() error {
	err := x.Context.Err()
	if err == context.Canceled && context.Cause(x.Context) == context.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return err
}

// Value gives the request of the call for the key "request", as a *http.Request without a body.
func (x *callContext) Value(key any) any {
	if key == (exchangeKey{}) {
		return x.call.frame.id
	}
	if key != requestKey {
		return x.Context.Value(key)
	}
	x.once.Do(func() { x.request = x.call.meta().httpRequest(x) })
	return x.request
}

func (m *requestMeta) httpRequest(ctx context.Context) *http.Request {
	address := &url.URL{RawQuery: m.Query}
	if path, err := url.PathUnescape(m.Path); err == nil {
		address.Path, address.RawPath = path, m.Path
	} else {
		address.Path = m.Path
	}
	header := m.header()
	request := &http.Request{
		Method: m.Method, URL: address, Header: header, Host: header.Get("Host"), RemoteAddr: m.Client,
		RequestURI: address.RequestURI(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody,
	}
	return request.WithContext(ctx)
}

func (x *callContext) cancel() {
	if deadline, limited := x.Deadline(); limited && !time.Now().Before(deadline) {
		x.cancels(context.DeadlineExceeded)
		return
	}
	x.cancels(context.Canceled)
}

// bytesOf turns the text of a header, which has a character for each byte, into the bytes that were sent.
func bytesOf(text string) string {
	bytes := make([]byte, 0, len(text))
	for _, character := range text {
		bytes = append(bytes, byte(character))
	}
	return string(bytes)
}

// textOf is the reverse of bytesOf.
func textOf(bytes string) string {
	characters := make([]rune, 0, len(bytes))
	for at := 0; at < len(bytes); at++ {
		characters = append(characters, rune(bytes[at]))
	}
	return string(characters)
}
