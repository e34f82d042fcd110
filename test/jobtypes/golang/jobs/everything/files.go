package everything

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
)

// Report is a file to answer with.
type Report struct {
	Name      string
	MediaType string
	Content   []byte
	Status    int
	Header    http.Header
}

func File() *Report {
	return &Report{"grüße.csv", "text/csv", []byte("a,b\n"), 201, http.Header{"X-Rows": {"1"}}}
}

type Form struct {
	File  *multipart.FileHeader `json:"file"`
	Count int                   `json:"count,omitempty"`
	Tags  []string              `json:"tags,omitempty"`
	Note  *string               `json:"note,omitempty"`
}

func Upload(in Form) (string, error) {
	file, err := in.File.Open()
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	note := ""
	if in.Note != nil {
		note = *in.Note
	}
	return fmt.Sprintf("%s %d %d %v %s", in.File.Filename, len(content), in.Count, in.Tags, note), err
}

type figure struct {
	Name        string
	Value       float64
	Description string
	Labels      map[string]string
}

func Metrics() []figure {
	return []figure{{"job_figure", 1.5, "A figure", map[string]string{"a": "b"}}, {Name: "job plain", Value: 2}}
}

func StaticEndpoints() map[string]string {
	return map[string]string{"/source": "files.go", "/shapes": "shapes"}
}

func WebviewApp(basePath string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<h1>%s</h1>", basePath)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Query", r.URL.RawQuery)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("page") })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		fmt.Println("the reader of the page has left")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 100_000)
		for n := 0; n < 50; n++ {
			_, _ = w.Write(piece)
		}
	})
	mux.HandleFunc("/socket", socket)
	return mux
}
