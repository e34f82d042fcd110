// Owns the static files of a job: which file is served where, and as what.

//go:build go1.21

package shim

import (
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
)

// staticFile is StaticFile in wrapper/protocol/messages.ts.
type staticFile struct {
	Path      string `json:"path"`
	File      string `json:"file"`
	MediaType string `json:"mediaType"`
}

// Known on every machine, whatever its own tables say.
var mediaTypes = map[string]string{
	".md": "text/markdown", ".txt": "text/plain", ".csv": "text/csv", ".yaml": "text/plain", ".yml": "text/plain", ".py": "text/x-python",
}

// staticFiles lists the files of StaticEndpoints(): a map of paths to files or folders, or to structs with File and MediaType.
func (j *job) staticFiles() ([]staticFile, error) {
	found := []staticFile{}
	declare, exists := j.Members["StaticEndpoints"]
	if !exists {
		return found, nil
	}
	declared, err := j.ask("StaticEndpoints", declare)
	if err != nil {
		return nil, err
	}
	if declared.Kind() != reflect.Map || declared.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("%sStaticEndpoints has to return a map of paths and files", at(reflect.ValueOf(declare)))
	}
	for _, key := range declared.MapKeys() {
		source, mediaType := sourceOf(inside(declared.MapIndex(key)))
		if source == "" {
			return nil, fmt.Errorf("%sStaticEndpoints: %s names no file", at(reflect.ValueOf(declare)), key)
		}
		files, err := expand(rooted(key.String()), source, mediaType)
		if err != nil {
			return nil, err
		}
		found = append(found, files...)
	}
	return found, nil
}

func sourceOf(value reflect.Value) (source, mediaType string) {
	if value.Kind() == reflect.String {
		return value.String(), ""
	}
	if value.Kind() == reflect.Struct {
		source, _ = fieldValue[string](value, "File")
		mediaType, _ = fieldValue[string](value, "MediaType")
	}
	return source, mediaType
}

// expand lists the file, or the files below the folder.
func expand(below, source, mediaType string) ([]staticFile, error) {
	absolute, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	status, err := os.Stat(absolute)
	if err != nil {
		return nil, fmt.Errorf("static endpoint %s: there is no file %s", below, absolute)
	}
	if !status.IsDir() {
		return []staticFile{{below, absolute, withCharset(mediaType, absolute)}}, nil
	}
	var found []staticFile
	err = filepath.WalkDir(absolute, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(absolute, file)
		found = append(found, staticFile{path.Join(below, filepath.ToSlash(relative)), file, withCharset("", file)})
		return err
	})
	return found, err
}

func withCharset(given, file string) string {
	if given == "" {
		given = mediaTypeOf(file)
	}
	if strings.HasPrefix(given, "text/") && !strings.Contains(given, "charset") {
		return given + "; charset=utf-8"
	}
	return given
}

func mediaTypeOf(file string) string {
	extension := strings.ToLower(filepath.Ext(file))
	if known, is := mediaTypes[extension]; is {
		return known
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return "text/plain"
}
