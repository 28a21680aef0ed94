// check reads manifests from standard input and decodes each of a kind that Kubernetes itself does not
// know (KEDA's, Prometheus' and Ray's) into its own type: a field that is not there, or of another
// type, is an error. It prints the kind and name of each.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	keda "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	ray "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"sigs.k8s.io/yaml"
)

type named struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

var types = map[string]func() any{
	"ScaledObject":   func() any { return &keda.ScaledObject{} },
	"ServiceMonitor": func() any { return &monitoring.ServiceMonitor{} },
	"PrometheusRule": func() any { return &monitoring.PrometheusRule{} },
	"RayCluster":     func() any { return &ray.RayCluster{} },
	"RayJob":         func() any { return &ray.RayJob{} },
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		var resource named
		if err := yaml.Unmarshal(document, &resource); err != nil {
			fail(err)
		}
		make, known := types[resource.Kind]
		if !known {
			continue
		}
		if err := yaml.UnmarshalStrict(document, make()); err != nil {
			fail(fmt.Errorf("%s %s: %w", resource.Kind, resource.Metadata.Name, err))
		}
		fmt.Println(resource.Kind, resource.Metadata.Name)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
