#!/usr/bin/env bash
# Checks what Go tests cannot: the rules with promtool, the Compose file, the chart with helm and
# kubeconform, and that alerts fire in a Prometheus server. Builds these tools into .bin from the
# module proxy, each before its first use, and prints how long that took.
set -euo pipefail
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel)
prometheus=v0.316.0 # of the module: Prometheus 3.16
helm=v3.22.0
kubeconform=v0.8.0
kubernetes=v0.34.2 # of the module client-go: Kubernetes 1.34

tool() { # NAME VERSION PACKAGE
  local to=$root/.bin/$1-$2 begun=$SECONDS
  [ ! -x "$to" ] || return 0
  echo "$(date +%T) building $1 $2 into .bin, which takes minutes the first time"
  GOBIN=$root/.bin/new go install -tags remove_all_sd "$3@$2"
  mv "$root/.bin/new/$1" "$to"
  echo "$(date +%T) built $1 in $((SECONDS - begun)) s"
}

tool promtool $prometheus github.com/prometheus/prometheus/cmd/promtool
"$root/.bin/promtool-$prometheus" check rules alerts.yaml
"$root/.bin/promtool-$prometheus" check config --syntax-only prometheus.yml
"$root/.bin/promtool-$prometheus" test rules alerts_test.yaml

if docker compose version > /dev/null 2>&1; then
  docker compose --file compose.yaml config --quiet
elif command -v docker-compose > /dev/null; then
  docker-compose --file compose.yaml config --quiet
else
  echo "NOT CHECKED: no Docker Compose here to read compose.yaml"
fi

tool helm $helm helm.sh/helm/v3/cmd/helm
tool kubeconform $kubeconform github.com/yannh/kubeconform/cmd/kubeconform
schemas=$root/.bin/kubernetes-$kubernetes
if [ ! -d "$schemas" ]; then
  mkdir -p "$schemas.new"
  go run ./schemas "$(cd "$root/.bin" && go mod download -json k8s.io/client-go@$kubernetes | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" "$schemas.new"
  mv "$schemas.new" "$schemas"
fi
"$root/.bin/helm-$helm" lint --quiet chart
conforms() { # SETTING...: a ServiceMonitor is of the Prometheus operator, not of Kubernetes
  "$root/.bin/helm-$helm" template release chart "$@" |
    "$root/.bin/kubeconform-$kubeconform" -strict -summary -skip ServiceMonitor -schema-location "$schemas/{{.ResourceKind}}{{.KindSuffix}}.json"
}
conforms
conforms --set natsURL=nats://nats:4222 --set replicas=3 \
  --set serviceMonitor.enabled=true --set hasAdminToken=true --set config.region=eu
if conforms --set resources.memroy=1Gi > /dev/null; then
  echo "a misspelled setting conforms"
  exit 1
fi
if "$root/.bin/helm-$helm" template release chart --set replicas=2 > /dev/null 2>&1; then
  echo "replicas without a shared queue are let through"
  exit 1
fi

tool prometheus $prometheus github.com/prometheus/prometheus/cmd/prometheus
go test -count=1 -run '^TestAlerts_fire$' -v . -prometheus "$root/.bin/prometheus-$prometheus"
