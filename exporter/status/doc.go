// Package status describes what an exporter shows to its operator, beside the ledger:
// lanes whose events wait, and the state of the API key.
package status
