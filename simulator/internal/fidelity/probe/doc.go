// Package probe has, beside each row of the fidelity table, the requests that show it from
// outside and how to read their answers, or why requests cannot show it. It is data:
// package calibrate sends the requests.
package probe
