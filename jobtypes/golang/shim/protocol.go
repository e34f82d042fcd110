// Owns the bytes of the worker protocol: encoding and decoding frames (docs/worker-protocol.md).

//go:build go1.21

package shim

import (
	"encoding/binary"
	"fmt"
)

const protocolVersion = 1

// What a frame says.
const (
	frameCall      = 1
	frameInput     = 2
	frameCancel    = 3
	frameHTTP      = 4
	frameCollect   = 5
	framePing      = 6
	frameStop      = 7
	frameFork      = 8
	frameWindow    = 9
	frameHello     = 64
	framePhase     = 65
	frameReady     = 66
	frameFailed    = 67
	frameResult    = 68
	frameError     = 69
	frameChunk     = 70
	frameEnd       = 71
	frameLog       = 72
	frameMetrics   = 74
	framePong      = 75
	lastToWorker   = frameWindow
	lastToWrapper  = 77
	firstToWrapper = frameHello
)

// Bits of a frame's flags.
const (
	flagMore = 1
	flagText = 2
	flagRaw  = 4
)

const (
	headerBytes = 16
	maxBody     = 0x7fffffff
	maxMeta     = 4 << 20
	bufferBytes = 64 << 10
)

// frame is one message; meta and body are parts of the decoder's buffer, which is never written to again.
type frame struct {
	kind, flags byte
	endpoint    uint16
	id          uint32
	meta, body  []byte
}

// appendHead writes the header of a frame and its meta; the body's bytes are to follow.
func appendHead(to []byte, f frame, bodyLength int) []byte {
	to = binary.LittleEndian.AppendUint32(to, uint32(bodyLength))
	to = binary.LittleEndian.AppendUint32(to, f.id)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(f.meta)))
	to = binary.LittleEndian.AppendUint16(to, f.endpoint)
	to = append(to, f.kind, f.flags)
	return append(to, f.meta...)
}

func appendFrame(to []byte, f frame) []byte {
	return append(appendHead(to, f, len(f.body)), f.body...)
}

// decoder cuts a byte stream into frames, whatever the chunks it arrives in. Bytes that a frame refers to stay as they are for as
// long as the frame is used: a full buffer is left to the frames, and another one goes on.
type decoder struct {
	buffer     []byte
	start, end int
	wanted     int // bytes of the frame that has begun, as far as they are known
	broken     error
}

// room is where the next bytes are to be read to.
func (d *decoder) room() []byte {
	held := d.end - d.start
	if len(d.buffer)-d.end < bufferBytes/8 || d.start+d.wanted > len(d.buffer) {
		size := max(bufferBytes, min(d.wanted, 2*held))
		if size-held < bufferBytes/8 {
			size += bufferBytes
		}
		next := make([]byte, size)
		copy(next, d.buffer[d.start:d.end])
		d.buffer, d.start, d.end = next, 0, held
	}
	return d.buffer[d.end:]
}

// took says how many bytes were read to the room.
func (d *decoder) took(count int) {
	d.end += count
}

// pending says whether the stream stands inside a frame: ending it now would be a truncation.
func (d *decoder) pending() bool {
	return d.end > d.start
}

// next returns the next whole frame; false when it has not arrived yet. After an error there are no further frames.
func (d *decoder) next() (frame, bool, error) {
	if d.broken != nil {
		return frame{}, false, d.broken
	}
	bytes := d.buffer[d.start:d.end]
	if len(bytes) < headerBytes {
		d.wanted = headerBytes
		return frame{}, false, nil
	}
	body := binary.LittleEndian.Uint32(bytes)
	meta := binary.LittleEndian.Uint32(bytes[8:])
	f := frame{
		kind:     bytes[14],
		flags:    bytes[15],
		endpoint: binary.LittleEndian.Uint16(bytes[12:]),
		id:       binary.LittleEndian.Uint32(bytes[4:]),
	}
	switch {
	case f.kind == 0 || f.kind > lastToWorker && f.kind < firstToWrapper || f.kind > lastToWrapper:
		d.broken = fmt.Errorf("worker protocol: unknown frame type %d", f.kind)
	case body > maxBody:
		d.broken = fmt.Errorf("worker protocol: a body of %d bytes is over the limit", body)
	case meta > maxMeta:
		d.broken = fmt.Errorf("worker protocol: a meta of %d bytes is over the limit", meta)
	}
	if d.broken != nil {
		return frame{}, false, d.broken
	}
	bodyAt := headerBytes + int(meta)
	d.wanted = bodyAt + int(body)
	if len(bytes) < d.wanted {
		return frame{}, false, nil
	}
	f.meta = bytes[headerBytes:bodyAt:bodyAt]
	f.body = bytes[bodyAt:d.wanted:d.wanted]
	d.start += d.wanted
	d.wanted = headerBytes
	return f, true, nil
}
