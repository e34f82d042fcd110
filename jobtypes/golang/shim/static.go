// Owns the static files of a job: which file is served where, and as what.

//go:build go1.21

package shim

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
)

// staticFile is StaticFile in wrapper/protocol/messages.ts; without a media type the wrapper goes by the name.
type staticFile struct {
	Path      string `json:"path"`
	File      string `json:"file"`
	MediaType string `json:"mediaType"`
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
	if strings.HasPrefix(mediaType, "text/") && !strings.Contains(mediaType, "charset") {
		mediaType += "; charset=utf-8"
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
		return []staticFile{{below, absolute, mediaType}}, nil
	}
	var found []staticFile
	err = filepath.WalkDir(absolute, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(absolute, file)
		found = append(found, staticFile{path.Join(below, filepath.ToSlash(relative)), file, ""})
		return err
	})
	return found, err
}
