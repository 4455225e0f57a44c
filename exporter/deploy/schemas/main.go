// Command schemas writes the JSON Schemas that kubeconform checks the chart with, from the
// OpenAPI documents that the module k8s.io/client-go carries for its tests: kubeconform itself
// loads them from the network.
//
//	go run ./schemas CLIENT_GO TO
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

// kinds are those of the chart: the file of the schema, the document and the name in it.
var kinds = []struct{ file, document, name string }{
	{"configmap-v1", "api__v1", "io.k8s.api.core.v1.ConfigMap"},
	{"service-v1", "api__v1", "io.k8s.api.core.v1.Service"},
	{"statefulset-apps-v1", "apis__apps__v1", "io.k8s.api.apps.v1.StatefulSet"},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: schemas CLIENT_GO TO")
	}
	for _, k := range kinds {
		from := filepath.Join(os.Args[1], "openapi", "openapitest", "testdata", k.document+"_openapi.json")
		if err := write(filepath.Join(os.Args[2], k.file+".json"), from, k.name); err != nil {
			log.Fatal(err)
		}
	}
}

func write(to, from, name string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var document struct {
		Components struct {
			Schemas map[string]map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	schemas := document.Components.Schemas
	if schemas[name] == nil {
		return fmt.Errorf("%s: no schema %s", from, name)
	}
	for _, s := range schemas {
		forbidOthers(s)
	}
	text, err = json.Marshal(map[string]any{
		"$ref": "#/components/schemas/" + name, "components": map[string]any{"schemas": schemas},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// forbidOthers has an object take no members but those that the schema lists, so that a
// misspelled one is found.
func forbidOthers(schema map[string]any) {
	_, open := schema["additionalProperties"]
	if _, lists := schema["properties"]; lists && !open {
		schema["additionalProperties"] = false
	}
}
