// Package alert mails the contact of a connector when Amplitude refuses the API
// key: once when it begins, once before the events held are given up, and
// once when it is over. Mail holds numbers and times only: no key and no ids.
package alert
