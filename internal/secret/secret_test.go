package secret

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	utf16 := func(order string) string {
		var b strings.Builder
		if order == "le" {
			b.WriteString("\xff\xfe")
		} else {
			b.WriteString("\xfe\xff")
		}
		for _, r := range []byte(key + "\r\n") {
			if order == "le" {
				b.Write([]byte{r, 0})
			} else {
				b.Write([]byte{0, r})
			}
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text string
		err  string // empty: the key is read
	}{
		"plain":                   {text: key},
		"a line end":              {text: key + "\n"},
		"a Windows line end":      {text: key + "\r\n"},
		"blanks around":           {text: "  " + key + "\t\n\n"},
		"a UTF-8 mark":            {text: "\xef\xbb\xbf" + key + "\n"},
		"UTF-16, little endian":   {text: utf16("le")},
		"UTF-16, big endian":      {text: utf16("be")},
		"empty":                   {text: "", err: "empty"},
		"only blanks":             {text: " \n\t", err: "empty"},
		"two lines":               {text: key + "\n" + key, err: "more than one line"},
		"double quotes":           {text: `"` + key + `"`, err: "quotes"},
		"single quotes":           {text: "'" + key + "'\n", err: "quotes"},
		"a quote in front":        {text: `"` + key, err: "a quote at one end"},
		"a quote behind":          {text: key + "'", err: "a quote at one end"},
		"a quote alone":           {text: "`", err: "a quote at one end"},
		"a blank inside":          {text: "0123 4567", err: "a blank at character 5"},
		"a no-break space inside": {text: "0123\u00a04567", err: "a blank"},
		"a zero width space":      {text: "0123\u200b4567", err: "U+200B"},
		"a NUL":                   {text: "0123\x004567", err: "invisible"},
		"UTF-16 without a mark":   {text: "0\x001\x00", err: "invisible"},
		"Latin-1":                 {text: "0123\xe4", err: "not UTF-8"},
		"a letter beyond ASCII":   {text: "0123ä", err: "beyond ASCII"},
		"a variable of Compose":   {text: "${KEY_0123}", err: "placeholder"},
		"one of Kubernetes":       {text: "$(KEY_0123)", err: "placeholder"},
		"a template":              {text: "{{.Key_0123}}", err: "placeholder"},
		"a page's example":        {text: "<key-0123>", err: "placeholder"},
		"a variable of cmd":       {text: "%KEY_0123%", err: "placeholder"},
		"what jq has for nothing": {text: "null\n", err: "placeholder"},
		"that of JavaScript":      {text: "undefined", err: "placeholder"},
		"that of Python":          {text: "None", err: "placeholder"},
		"a masked value":          {text: "****************", err: "placeholder"},
		"a masked end":            {text: "***", err: "placeholder"},
		"a line end spelled out":  {text: key + `\n`, err: `ends in \n`},
		"a JSON object":           {text: `{"api_key":"0123"}`, err: "JSON object"},
		"a JSON list":             {text: `["0123"]`, err: "JSON list"},
		"a comma behind":          {text: key + ",\n", err: `ends in ","`},
		"a semicolon behind":      {text: key + ";", err: `ends in ";"`},
		"a variable of a shell":   {text: "$KEY_0123", err: "placeholder"},
		"one of 1Password":        {text: "op://vault/item/key", err: "placeholder"},
		"one of Vault":            {text: "vault:secret/data/x#key", err: "placeholder"},
		"a text of SOPS":          {text: "ENC[AES256_GCM,data:abc]", err: "placeholder"},
		"a picture":               {text: strings.Repeat("x", 70<<10), err: "not a secret"},
	} {
		got, err := Clean([]byte(c.text))
		switch {
		case c.err == "" && (err != nil || got != key):
			t.Errorf("%s: %q, %v", name, got, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: %q, %v, want an error with %q", name, got, err, c.err)
		case err != nil && strings.Contains(err.Error(), "0123"):
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); got != "abcdef" || err != nil {
		t.Errorf("ReadFile = %q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("abc def"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "abc") {
		t.Errorf("error %v, want one with the path and without the value", err)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://api2.amplitude.com":                  "https://api2.amplitude.com",
		"https://me:pass@api2.amplitude.com/x":        "https://xxxxx@api2.amplitude.com/x",
		"smtp://me:pa%20ss@mail:587?from=a@b.example": "smtp://xxxxx@mail:587?from=xxxxx",
		"s3://bucket/dir?secret=abc#pass":             "s3://bucket/dir?secret=xxxxx",
		"https://me:pa ss@host":                       "https://(not readable)",
		"me:pass@host:80":                             "me:(hidden)",
		"":                                            "",
	} {
		if got := URL(raw); got != want {
			t.Errorf("URL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	if got, want := Redact("post http://a/?k=0123a%2Fb: 0123a/b no", "0123a/b", "no"), "post http://a/?k=xxxxx: xxxxx no"; got != want {
		t.Errorf("Redact = %q, want %q", got, want)
	}
}

func TestCause(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	asked := &url.Error{Op: "Get", URL: "http://hunter2@127.0.0.1:1/?sig=hunter2", Err: refused}
	if got := Cause(fmt.Errorf("ask: %w", asked)); !errors.Is(got, refused) || strings.Contains(got.Error(), "hunter2") {
		t.Errorf("Cause = %v, want %v", got, refused)
	}
	if got := Cause(refused); got.Error() != refused.Error() {
		t.Errorf("Cause = %v, want %v", got, refused)
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`Get "https://a.example/c?sig=hunter2&x": dial tcp`:            `Get "https://a.example/c?sig=xxxxx&x=xxxxx": dial tcp`,
		`upload: Post "http://hunter2@127.0.0.1:1/2/httpapi": refused`: `upload: Post "http://xxxxx@127.0.0.1:1/2/httpapi": refused`,
		`list s3://bucket/cur: no such host`:                           `list s3://bucket/cur: no such host`,
		`parse "nats://u:hunter2%zz@h": invalid`:                       `parse "nats://(not readable)": invalid`,
		`no URL at all: a:b`:                                           `no URL at all: a:b`,
	} {
		if got := URLs(text); got != want {
			t.Errorf("URLs(%s) = %s, want %s", text, got, want)
		}
	}
}
