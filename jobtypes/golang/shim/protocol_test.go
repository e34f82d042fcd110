// Owns the proof that frames are encoded and decoded as the golden transcripts say, whatever the chunks they arrive in.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestMain also serves test/protocol/cross.test.ts: frames from standard input are decoded and written encoded anew.
func TestMain(m *testing.M) {
	if os.Getenv("RACETRACK_REENCODE") != "" {
		os.Exit(reencode())
	}
	os.Exit(m.Run())
}

func reencode() int {
	var d decoder
	for {
		room := d.room()
		count, err := os.Stdin.Read(room[:min(len(room), 997)]) // a size that falls into all places of a frame
		d.took(count)
		for {
			f, whole, problem := d.next()
			if problem != nil {
				return 1
			}
			if !whole {
				break
			}
			_, _ = os.Stdout.Write(appendFrame(nil, f))
		}
		if err == io.EOF && d.pending() || err != nil && err != io.EOF {
			return 1
		}
		if err == io.EOF {
			return 0
		}
	}
}

type goldenFrame struct {
	Type     string
	ID       uint32
	Endpoint uint16
	Flags    []string
	Meta     json.RawMessage
	Body     *struct{ Text, Base64 string }
	Hex      string
}

var frameNames = map[string]byte{
	"call": frameCall, "input": frameInput, "cancel": frameCancel, "http": frameHTTP, "collect": frameCollect, "ping": framePing,
	"stop": frameStop, "fork": frameFork, "window": frameWindow, "hello": frameHello, "phase": framePhase, "ready": frameReady,
	"failed": frameFailed, "result": frameResult, "error": frameError, "chunk": frameChunk, "end": frameEnd, "log": frameLog,
	"progress": 73, "metrics": frameMetrics, "pong": framePong, "forked": 76, "exited": 77,
}

var flagBits = map[string]byte{"more": flagMore, "text": flagText, "raw": flagRaw}

func (g goldenFrame) frame(t *testing.T) frame {
	f := frame{kind: frameNames[g.Type], id: g.ID, endpoint: g.Endpoint}
	for _, name := range g.Flags {
		f.flags |= flagBits[name]
	}
	if len(g.Meta) > 0 {
		f.meta = g.metaOnTheWire(t)
	}
	if g.Body != nil && g.Body.Base64 != "" {
		f.body, _ = base64.StdEncoding.DecodeString(g.Body.Base64)
	} else if g.Body != nil {
		f.body = []byte(g.Body.Text)
	}
	return f
}

// metaOnTheWire are the bytes of the meta: there are many ways to write the same JSON, and this encoder has another one.
func (g goldenFrame) metaOnTheWire(t *testing.T) []byte {
	whole, err := hex.DecodeString(strings.ReplaceAll(g.Hex, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	meta := whole[headerBytes : headerBytes+int(binary.LittleEndian.Uint32(whole[8:]))]
	var words, wire any
	if json.Unmarshal(g.Meta, &words) != nil || json.Unmarshal(meta, &wire) != nil || !reflect.DeepEqual(words, wire) {
		t.Errorf("the meta %s is not %s", meta, g.Meta)
	}
	return meta
}

func TestGoldenTranscripts(t *testing.T) {
	files, _ := filepath.Glob("../../../test/protocol/golden/*.json")
	if len(files) < 8 {
		t.Fatalf("found %d transcripts", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			var transcript struct{ Frames []goldenFrame }
			if err == nil {
				err = json.Unmarshal(content, &transcript)
			}
			if err != nil {
				t.Fatal(err)
			}
			var whole []byte
			var wanted []frame
			for at, golden := range transcript.Frames {
				f := golden.frame(t)
				encoded := appendFrame(nil, f)
				if got, want := hex.EncodeToString(encoded), strings.ReplaceAll(golden.Hex, " ", ""); got != want {
					t.Errorf("frame %d is %s, want %s", at, got, want)
				}
				whole, wanted = append(whole, encoded...), append(wanted, f)
			}
			for _, size := range []int{1, 3, 16, 17, len(whole)} {
				expectFrames(t, decodeInPieces(t, whole, func() int { return size }), wanted)
			}
		})
	}
}

func TestAnyChunking(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for round := 0; round < 200; round++ {
		var whole []byte
		var wanted []frame
		for count := random.Intn(8); count >= 0; count-- {
			f := frame{
				kind: byte(1 + random.Intn(9)), flags: byte(random.Intn(8)), endpoint: uint16(random.Intn(1 << 16)), id: random.Uint32(),
				meta: randomBytes(random, 60), body: randomBytes(random, 90_000),
			}
			whole, wanted = appendFrame(whole, f), append(wanted, f)
		}
		expectFrames(t, decodeInPieces(t, whole, func() int { return 1 + random.Intn(70_000) }), wanted)
	}
}

func TestRefusals(t *testing.T) {
	head := func(body, meta uint32, kind byte) []byte {
		whole := appendFrame(nil, frame{kind: kind})
		copy(whole, []byte{byte(body), byte(body >> 8), byte(body >> 16), byte(body >> 24)})
		copy(whole[8:], []byte{byte(meta), byte(meta >> 8), byte(meta >> 16), byte(meta >> 24)})
		return whole
	}
	for name, bytes := range map[string][]byte{
		"unknown frame type 0": head(0, 0, 0), "unknown frame type 10": head(0, 0, 10), "unknown frame type 78": head(0, 0, 78),
		"a body of 2147483648 bytes": head(1<<31, 0, 1), "a meta of 4194305 bytes": head(0, 4<<20+1, 1),
	} {
		var d decoder
		d.took(copy(d.room(), bytes))
		if _, _, err := d.next(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		d.took(copy(d.room(), appendFrame(nil, frame{kind: framePing})))
		if _, whole, err := d.next(); whole || err == nil {
			t.Errorf("%s: it goes on", name)
		}
	}
}

func TestAnnouncedBodyCostsNoMemory(t *testing.T) {
	var d decoder
	d.took(copy(d.room(), []byte{0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}))
	if _, whole, err := d.next(); whole || err != nil || !d.pending() {
		t.Fatal(whole, err)
	}
	if size := len(d.room()); size > 4*bufferBytes {
		t.Errorf("room for %d bytes", size)
	}
}

func decodeInPieces(t *testing.T, whole []byte, size func() int) []frame {
	t.Helper()
	var d decoder
	var found []frame
	for len(whole) > 0 {
		count := copy(d.room(), whole[:min(size(), len(whole))])
		d.took(count)
		whole = whole[count:]
		for {
			f, complete, err := d.next()
			if err != nil {
				t.Fatal(err)
			}
			if !complete {
				break
			}
			found = append(found, f)
		}
	}
	if d.pending() {
		t.Error("something is left")
	}
	return found
}

// expectFrames compares at the end: what a frame refers to must not have been written over meanwhile.
func expectFrames(t *testing.T, found, wanted []frame) {
	t.Helper()
	if len(found) != len(wanted) {
		t.Fatalf("%d frames, want %d", len(found), len(wanted))
	}
	for at := range wanted {
		if !bytes.Equal(appendFrame(nil, found[at]), appendFrame(nil, wanted[at])) {
			t.Errorf("frame %d differs", at)
		}
	}
}

func randomBytes(random *rand.Rand, limit int) []byte {
	made := make([]byte, random.Intn(limit))
	random.Read(made)
	return made
}
