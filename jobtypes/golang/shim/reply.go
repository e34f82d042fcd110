// Owns results that are no JSON: bytes, readers, and files with a media type and a name.

//go:build go1.21

package shim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// reply is a complete answer; its body is read to the end and closed if it can be.
type reply struct {
	status    int
	header    http.Header
	mediaType string
	body      io.Reader
}

const plainBytes = "application/octet-stream"

// replyMeta is ReplyMeta in wrapper/protocol/messages.ts.
type replyMeta struct {
	Status    int      `json:"status,omitempty"`
	Headers   []string `json:"headers,omitempty"`
	MediaType string   `json:"mediaType,omitempty"`
}

// isReply says whether values of a type are sent as they are.
func isReply(t reflect.Type) bool {
	if t == typeBytes || t.Implements(typeReader) {
		return true
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	content, hasContent := t.FieldByName("Content")
	mediaType, hasType := t.FieldByName("MediaType")
	return hasContent && hasType && mediaType.Type.Kind() == reflect.String &&
		(content.Type == typeBytes || content.Type.Implements(typeReader))
}

// replyOf is the answer that a result stands for; nil when its JSON is the answer.
func replyOf(result any) *reply {
	switch result := result.(type) {
	case nil, string, float64, int, bool, map[string]any, []any:
		return nil
	case []byte:
		return &reply{mediaType: plainBytes, body: bytes.NewReader(result)}
	case *os.File:
		return &reply{mediaType: mediaTypeOf(result.Name()), body: result}
	case io.Reader:
		return &reply{mediaType: plainBytes, body: result}
	}
	value := reflect.ValueOf(result)
	if !isReply(value.Type()) {
		return nil
	}
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return nil
		}
		value = value.Elem()
	}
	return replyOfFile(value)
}

// replyOfFile reads a struct with Content, MediaType and, if it has them, Name, Status and Header.
func replyOfFile(value reflect.Value) *reply {
	made := &reply{mediaType: value.FieldByName("MediaType").String(), header: http.Header{}}
	switch content := value.FieldByName("Content").Interface().(type) {
	case []byte:
		made.body = bytes.NewReader(content)
	case io.Reader:
		made.body = content
	default:
		made.body = http.NoBody
	}
	if header, is := fieldValue[http.Header](value, "Header"); is {
		made.header = header.Clone()
	}
	made.status, _ = fieldValue[int](value, "Status")
	if name, is := fieldValue[string](value, "Name"); is && name != "" {
		made.header.Set("Content-Disposition", disposition(name))
		if made.mediaType == "" {
			made.mediaType = mediaTypeOf(name)
		}
	}
	if made.mediaType == "" {
		made.mediaType = plainBytes
	}
	return made
}

func mediaTypeOf(name string) string {
	if known := mime.TypeByExtension(filepath.Ext(name)); known != "" {
		return known
	}
	return plainBytes
}

// disposition says under which name a file is to be saved: once for all programs, and once for those that know more than ASCII.
func disposition(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '%' {
			return '_'
		}
		return r
	}, name)
	text := fmt.Sprintf(`attachment; filename="%s"`, plain)
	if plain != name {
		text += "; filename*=UTF-8''" + url.PathEscape(name)
	}
	return text
}

func fieldValue[T any](of reflect.Value, name string) (value T, is bool) {
	if field := of.FieldByName(name); field.IsValid() && field.CanInterface() {
		value, is = field.Interface().(T)
	}
	return value, is
}

func (r *reply) meta() []byte {
	return toJSON(replyMeta{Status: r.status, Headers: flatten(r.header), MediaType: r.mediaType})
}

// flatten lists names and values in turn.
func flatten(header http.Header) []string {
	var flat []string
	for _, name := range sortedKeys(header) {
		for _, value := range header[name] {
			flat = append(flat, name, textOf(value))
		}
	}
	return flat
}

// sendReply sends small answers in one piece, others piece by piece.
func (c *call) sendReply(r *reply) {
	if closer, is := r.body.(io.Closer); is {
		defer closer.Close()
	}
	first := make([]byte, pieceBytes)
	count, err := io.ReadFull(r.body, first)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		c.replied = true
		c.worker.connection.queue(frame{kind: frameResult, id: c.frame.id, meta: r.meta(), body: first[:count]})
	case err != nil:
		c.fail(err)
	default:
		c.copyReply(r, first)
	}
}

func (c *call) copyReply(r *reply, piece []byte) {
	c.replied = true
	out := c.openStream(r.meta())
	defer out.close()
	for count, err := len(piece), error(nil); ; count, err = r.body.Read(piece[:cap(piece)]) {
		if count > 0 && !out.put(piece[:count]) {
			return
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			out.failure = toJSON(failureOf(err))
			return
		}
	}
}
