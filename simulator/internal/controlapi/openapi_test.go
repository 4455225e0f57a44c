package controlapi

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/console"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

func routerForTest() *echo.Echo {
	service := ingestion.New(ingestion.Config{
		Clock: clock.Stopped(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Now), Journal: journal.New(0), Limits: limits.Published(),
	})
	return New(service, Config{Closing: context.Background(), Metrics: http.NotFoundHandler()}).(*echo.Echo)
}

// TestOpenAPI_parameters gives every call a parameter that none has, and holds those
// which the error says it takes against the document.
func TestOpenAPI_parameters(t *testing.T) {
	t.Parallel()
	type parameter struct{ Ref, Name, In string }
	var doc struct {
		Paths      map[string]map[string]struct{ Parameters []parameter }
		Components struct{ Parameters map[string]parameter }
	}
	text := bytes.ReplaceAll(openapi.Document(), []byte("$ref"), []byte("ref"))
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	router := routerForTest()
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, Prefix) || strings.HasPrefix(path, console.Prefix) { // pages answer with pages
			continue
		}
		for method, op := range methods {
			var described []string
			for _, p := range op.Parameters {
				if p.Ref != "" {
					p = doc.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
				}
				if p.In == "query" {
					described = append(described, p.Name)
				}
			}
			taken := "this path takes none"
			if len(described) > 0 {
				taken = "want one of " + strings.Join(described, ", ")
			}
			w := httptest.NewRecorder()
			url := regexp.MustCompile(`{\w+}`).ReplaceAllString(path, "x") + "?none-has-this=1"
			router.ServeHTTP(w, httptest.NewRequest(strings.ToUpper(method), url, http.NoBody))
			if want := `{"error":"query parameter \"none-has-this\": ` + taken + `"}` + "\n"; w.Code != http.StatusBadRequest || w.Body.String() != want {
				t.Errorf("%s %s: got %d %s, want 400 %s", method, url, w.Code, w.Body, want)
			}
		}
	}
}

// TestOpenAPI holds the document against the routes: each has the operations of the
// other, and no more.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	router := routerForTest()
	parameter := regexp.MustCompile(`:(\w+)`)
	var routes []string
	for _, r := range router.Routes() {
		if r.Method != echo.RouteNotFound {
			routes = append(routes, r.Method+" "+strings.Replace(parameter.ReplaceAllString(r.Path, "{$1}"), "*", "{page}", 1))
		}
	}

	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
			Summary     string
			Responses   map[string]any
		}
	}
	if err := yaml.Unmarshal(openapi.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	var described []string
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			call := strings.ToUpper(method) + " " + path
			described = append(described, call)
			if op.Summary == "" || len(op.Responses) == 0 || op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s: want a summary, responses and an operationId of its own, got %+v", call, op)
			}
			ids[op.OperationID] = true
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	for _, r := range routes {
		if !slices.Contains(described, r) {
			t.Errorf("route %s is not in the document", r)
		}
	}
	for _, d := range described {
		if !slices.Contains(routes, d) {
			t.Errorf("the document has %s, which is no route", d)
		}
	}
}
