package environ

import "regexp"

// serviceName and serviceValue match what Kubernetes and Docker set in a container
// beside a service of the program's name. For a service called amplitude-simulator:
//
//	AMPLITUDE_SIMULATOR_SERVICE_HOST=10.0.0.11
//	AMPLITUDE_SIMULATOR_SERVICE_PORT_HTTP=8080
//	AMPLITUDE_SIMULATOR_PORT=tcp://10.0.0.11:8080
//	AMPLITUDE_SIMULATOR_PORT_8080_TCP_ADDR=10.0.0.11
//	AMPLITUDE_SIMULATOR_NAME=/web/amplitude-simulator
//	AMPLITUDE_SIMULATOR_ENV_PATH=/bin
//
// Sources: Kubernetes, "Services: Environment variables"; Docker, "Legacy container
// links".
var (
	serviceName  = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?|ENV_\w+)$`)
	serviceValue = regexp.MustCompile(`_PORT=(tcp|udp|sctp)://|_NAME=/[^/]+/[^/]+$`)
)

// isService reports whether Docker or Kubernetes set the variable for a service.
func isService(name, value string) bool {
	return serviceName.MatchString(name) || serviceValue.MatchString(name+"="+value)
}
