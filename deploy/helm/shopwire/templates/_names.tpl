{{- define "shopwire.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "shopwire.name" .) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (include "shopwire.name" .) | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "shopwire.name" -}}{{ .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "shopwire.selector" -}}
app.kubernetes.io/name: {{ include "shopwire.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{/* Labels of an object: {root, service}. */}}
{{- define "shopwire.labels" -}}
{{ include "shopwire.selector" . }}
app.kubernetes.io/part-of: shopwire
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* The image of a program: {root, program}. */}}
{{- define "shopwire.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.prefix }}-{{ .program }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "shopwire.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "shopwire.fullname" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{/* The connectors that are enabled, each with what it does not say itself taken from connectorDefaults. */}}
{{- define "shopwire.connectors" -}}
{{- $all := dict }}
{{- range $system, $own := .Values.connectors }}
{{- $one := mergeOverwrite (deepCopy $.Values.connectorDefaults) ($own | default dict) }}
{{- if $one.enabled }}{{ $_ := set $all $system $one }}{{ end }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{/* What a person must say, checked here, since a schema cannot see two values at once. */}}
{{- define "shopwire.check" -}}
{{- $own := .Values.config.existingVolume | empty -}}
{{- if $own }}{{ include "shopwire.checkKafka" . }}{{ end }}
{{- if not (or .Values.adminToken.secret.name .Values.adminTokens) }}{{ fail "adminToken.secret.name: expected the name of a Secret, or tokens in adminTokens" }}{{ end }}
{{- if and .Values.adminToken.secret.name (hasKey .Values.adminTokens "admin") }}{{ fail "adminTokens.admin: expected another name, since this one is that of adminToken" }}{{ end }}
{{- $connectors := include "shopwire.connectors" . | fromYaml -}}
{{- if not $connectors }}{{ fail "connectors: expected one that is enabled" }}{{ end }}
{{- range $system, $one := $connectors }}
{{- if and $one.webhooks.enabled (not (has $system (list "woocommerce" "keycrm" "sors"))) }}{{ fail (printf "connectors.%s.webhooks.enabled: nothing of this system comes there" $system) }}{{ end }}
{{- if and $one.webhooks.enabled (not (hasPrefix "https://" $one.webhooks.publicUrl)) }}{{ fail (printf "connectors.%s.webhooks.publicUrl: expected an https address" $system) }}{{ end }}
{{- if and (eq $one.autoscaling.type "keda") (not $.Values.kafka.bootstrap) }}{{ fail (printf "kafka.bootstrap: expected, since connectors.%s.autoscaling.type is keda" $system) }}{{ end }}
{{- if gt (int $one.autoscaling.minReplicas) (int $one.autoscaling.maxReplicas) }}{{ fail (printf "connectors.%s.autoscaling.minReplicas: expected at most maxReplicas" $system) }}{{ end }}
{{- $slots := int (get $.Values.kafka.systemPartitions $system | default 4) -}}
{{- $most := ternary (int $one.replicas) (int $one.autoscaling.maxReplicas) (eq $one.autoscaling.type "none") -}}
{{- if and $own (gt $most $slots) }}{{ fail (printf "connectors.%s: %d replicas for %d partitions: the others would stand idle; see kafka.systemPartitions.%s" $system $most $slots $system) }}{{ end }}
{{- end }}
{{- if and $own (gt (int .Values.router.replicas) (int .Values.kafka.routerPartitions)) }}{{ fail "router.replicas: expected at most kafka.routerPartitions" }}{{ end }}
{{- if .Values.sandbox.enabled }}
{{- if not .Values.sandbox.shopSecret.name }}{{ fail "sandbox.shopSecret.name: expected the Secret with the simulated shop's key" }}{{ end }}
{{- if not .Values.sandbox.sorsSecret.name }}{{ fail "sandbox.sorsSecret.name: expected the Secret with the simulated SORS's key" }}{{ end }}
{{- range list "woocommerce" "sors" }}
{{- if not (hasKey $connectors .) }}{{ fail (printf "sandbox.enabled: expected connectors.%s.enabled, since the test's order goes that way" .) }}{{ end }}
{{- end }}
{{- end }}
{{- if and .Values.externalSecrets.enabled (not .Values.externalSecrets.store.name) }}{{ fail "externalSecrets.store.name: expected the name of a store" }}{{ end }}
{{- end }}
