package subject

import "strings"

// tail returns the end of an output, for an error text, without the secret.
func tail(output []byte, secret string) string {
	const keep = 500
	s := strings.TrimSpace(string(output))
	if secret != "" {
		s = strings.ReplaceAll(s, secret, "***")
	}
	if len(s) > keep {
		s = "..." + s[len(s)-keep:]
	}
	if s == "" {
		return "nothing"
	}
	return s
}
