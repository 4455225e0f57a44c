package runner

// GiveKey is giveKey.
func GiveKey(e *Env, apiKey string) error { return e.giveKey(apiKey) }
