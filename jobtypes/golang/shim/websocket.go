// Owns one WebSocket of the job's user interface: the messages of the worker protocol as the frames that the handler's library speaks.

//go:build go1.21

package shim

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Operation codes of WebSocket frames (RFC 6455).
const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
	finalFrame     = 0x80
	maskedFrame    = 0x80
	maxMessage     = 64 << 20
)

// closing is how a WebSocket ends.
type closing struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

const (
	closedNormally = 1000
	closedWithout  = 1005 // a close frame without a code
	closedAbruptly = 1011
)

func (p *page) serveWebsocket() {
	from := bufio.NewReader(p.line)
	key := make([]byte, 16)
	_, _ = rand.Read(key)
	go func() {
		_ = p.writeHead(p.line, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: "+base64.StdEncoding.EncodeToString(key))
	}()
	response, err := p.readResponse(from)
	if err != nil {
		p.fail(err)
		return
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(response.Body, pieceBytes))
		meta := toJSON(replyMeta{Status: response.StatusCode, Headers: flatten(response.Header)})
		p.worker.connection.send(frame{kind: frameResult, id: p.id, meta: meta, body: body})
		return
	}
	for _, name := range []string{"Upgrade", "Connection", "Sec-Websocket-Accept", "Sec-Websocket-Extensions"} {
		response.Header.Del(name)
	}
	accepted := toJSON(replyMeta{Status: http.StatusSwitchingProtocols, Headers: flatten(response.Header)})
	p.worker.connection.send(frame{kind: frameChunk, id: p.id, meta: accepted})
	socket := &socket{page: p, from: from}
	go socket.forward()
	ended, failed := socket.deliver()
	if p.isGone() {
		return
	}
	if failed != nil {
		p.worker.connection.send(frame{kind: frameEnd, id: p.id, meta: endMeta(p.reason(failed), closing{closedAbruptly, ""})})
		return
	}
	p.worker.connection.send(frame{kind: frameEnd, id: p.id, meta: toJSON(ended)})
}

// endMeta has the members of ErrorMeta beside those of the end.
func endMeta(err error, end closing) []byte {
	return toJSON(struct {
		errorMeta
		closing
	}{failureOf(err), end})
}

// socket is an open WebSocket, with us as the client.
type socket struct {
	page    *page
	from    *bufio.Reader
	writing sync.Mutex
}

// forward hands the caller's messages to the handler, and in the end how the caller has left.
func (s *socket) forward() {
	for {
		message, open := s.page.next()
		if !open {
			break
		}
		kind := byte(opBinary)
		if message.flags&flagText != 0 {
			kind = opText
		}
		if s.write(kind, message.body) != nil {
			return
		}
	}
	end := closing{Code: closedWithout}
	_ = json.Unmarshal(s.page.closing, &end) // without a word about it, there is none for the handler either
	_ = s.write(opClose, closeBody(end))
	time.AfterFunc(farewell, func() { s.page.line.Close() })
}

func closeBody(end closing) []byte {
	if end.Code < 1000 || end.Code == closedWithout || end.Code == 1006 {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(end.Code)), end.Reason...)
}

// deliver hands the handler's messages to the caller until one side closes.
func (s *socket) deliver() (closing, error) {
	var message []byte
	var kind byte
	for {
		head, body, err := s.read(maxMessage - len(message))
		if err != nil {
			return closing{}, err
		}
		switch code := head & 0x0f; code {
		case opClose:
			_ = s.write(opClose, body)
			return readClosing(body), nil
		case opPing:
			if err := s.write(opPong, body); err != nil {
				return closing{}, err
			}
			continue
		case opPong:
			continue
		case opContinuation:
			message = append(message, body...)
		default:
			kind, message = code, body
		}
		if head&finalFrame != 0 {
			if !s.page.out.take(len(message)) {
				return closing{}, errLeft
			}
			flags := map[bool]byte{true: flagText}[kind == opText]
			s.page.worker.connection.send(frame{kind: frameChunk, id: s.page.id, flags: flags, body: message})
			message = nil
		}
	}
}

func readClosing(body []byte) closing {
	if len(body) < 2 {
		return closing{Code: closedNormally}
	}
	return closing{int(binary.BigEndian.Uint16(body)), string(body[2:])}
}

var errTooLarge = errors.New("a WebSocket message of the user interface is too large")

// read reads one frame of at most so many bytes.
func (s *socket) read(limit int) (head byte, body []byte, err error) {
	var start [2]byte
	if _, err = io.ReadFull(s.from, start[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(start[1] &^ maskedFrame)
	if length >= 126 {
		extended := make([]byte, 2<<(2*(length-126)))
		if _, err = io.ReadFull(s.from, extended); err != nil {
			return 0, nil, err
		}
		length = 0
		for _, each := range extended {
			length = length<<8 | uint64(each)
		}
	}
	if start[1]&maskedFrame != 0 {
		return 0, nil, fmt.Errorf("a WebSocket frame of the user interface is masked")
	}
	if length > uint64(limit) {
		return 0, nil, errTooLarge
	}
	body = make([]byte, length)
	_, err = io.ReadFull(s.from, body)
	return start[0], body, err
}

// write writes one frame, masked as those of clients have to be; what the mask is does not matter on this connection.
func (s *socket) write(kind byte, body []byte) error {
	head := []byte{finalFrame | kind}
	switch {
	case len(body) < 126:
		head = append(head, maskedFrame|byte(len(body)))
	case len(body) < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, maskedFrame|126), uint16(len(body)))
	default:
		head = binary.BigEndian.AppendUint64(append(head, maskedFrame|127), uint64(len(body)))
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.page.line.Write(append(append(head, 0, 0, 0, 0), body...))
	return err
}
