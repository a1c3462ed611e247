{{/* installation.yaml, the same for all services.  Secrets stand in it by reference alone. */}}
{{- define "shopwire.installation" -}}
{{- $partitions := dict }}
{{- $services := dict "router" (include "shopwire.adminSettings" . | fromYaml) }}
{{- range $system, $one := include "shopwire.connectors" . | fromYaml }}
{{- $service := include "shopwire.adminSettings" $ | fromYaml }}
{{- if $one.webhooks.enabled }}
{{- $_ := set $service "webhook_listen" "0.0.0.0:8080" }}
{{- $_ := set $service "public_url" (trimSuffix "/" $one.webhooks.publicUrl) }}
{{- $_ := set $service "webhook_threads" (int $one.webhooks.threads) }}
{{- with $one.webhooks.trustedProxies }}{{ $_ := set $service "trusted_proxies" . }}{{ end }}
{{- end }}
{{- $_ := set $services $system $service }}
{{- $_ := set $partitions $system (int (get $.Values.kafka.systemPartitions $system | default 4)) }}
{{- end }}
{{- $all := dict "kafka" (include "shopwire.kafkaSettings" . | fromYaml) "replication" (int .Values.kafka.replication) "router_partitions" (int .Values.kafka.routerPartitions) }}
{{- $_ := set $all "system_partitions" $partitions }}
{{- $_ := set $all "state_dir" "/var/lib/shopwire" }}
{{- $_ := set $all "services" $services }}
{{- with .Values.config.budgets }}{{ $_ := set $all "budgets" . }}{{ end }}
{{- with .Values.config.runtime }}{{ $_ := set $all "runtime" . }}{{ end }}
{{- with .Values.tracing }}{{ if .endpoint }}
{{- $tracing := dict "endpoint" .endpoint "one_in" (int .oneIn) }}
{{- if .authorization.name }}{{ $_ := set $tracing "authorization" "${env:TRACING_AUTHORIZATION}" }}{{ end }}
{{- $_ := set $all "tracing" $tracing }}
{{- end }}{{ end }}
{{- toYaml $all }}
{{- end }}

{{- define "shopwire.merchants" -}}
{{- .Values.config.existingMerchants | default (printf "%s-merchants" (include "shopwire.fullname" .)) }}
{{- end }}

{{/* Who may ask the admin port.  Tokens are files, so that one that was exchanged in its Secret is taken over without a restart. */}}
{{- define "shopwire.adminSettings" -}}
admin_listen: "0.0.0.0:9100"
{{- if .Values.adminToken.secret.name }}
admin_token: "${file:/etc/shopwire/tokens/admin}"
{{- end }}
{{- with .Values.adminTokens }}
admin_tokens:
  {{- range $name, $token := . }}
  {{ $name }}: {token: "${file:/etc/shopwire/tokens/{{ $name }}}", role: {{ $token.role }}}
  {{- end }}
{{- end }}
{{- end }}

{{/* The Secrets of all tokens, as NAME: {name, key}. */}}
{{- define "shopwire.tokenSecrets" -}}
{{- $secrets := dict }}
{{- range $name, $token := .Values.adminTokens }}{{ $_ := set $secrets $name $token.secret }}{{ end }}
{{- with .Values.adminToken.secret }}{{ if .name }}{{ $_ := set $secrets "admin" . }}{{ end }}{{ end }}
{{- toYaml $secrets }}
{{- end }}

{{/* The weakest token there is, for who only looks. */}}
{{- define "shopwire.lookToken" -}}
{{- $secrets := include "shopwire.tokenSecrets" . | fromYaml }}
{{- $name := keys $secrets | sortAlpha | first | default "admin" }}
{{- range $one, $token := .Values.adminTokens }}{{ if eq $token.role "read" }}{{ $name = $one }}{{ end }}{{ end }}
{{- toYaml (get $secrets $name | default dict) }}
{{- end }}

{{/* Environment of a program: {root, who, env}, with env as NAME: {name, key}. */}}
{{- define "shopwire.env" -}}
{{- include "shopwire.kafkaEnv" . }}
{{- with .root.Values.tracing }}{{ if and .endpoint .authorization.name }}
- name: TRACING_AUTHORIZATION
  valueFrom: {secretKeyRef: {name: {{ .authorization.name }}, key: {{ .authorization.key }}}}
{{- end }}{{ end }}
{{- range $name, $from := .env }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}}}
{{- end }}
{{- end }}

{{/* The configuration and what it names, for who reads it: {root, who}. */}}
{{- define "shopwire.configMounts" -}}
{{- if .root.Values.config.existingVolume }}
- {name: config, mountPath: /etc/shopwire/config, readOnly: true}
{{- else }}
# A changed installation needs a restart, and gets one by the checksum; a changed merchant is taken over by itself.
- {name: installation, mountPath: /etc/shopwire/config/installation.yaml, subPath: installation.yaml, readOnly: true}
- {name: merchants, mountPath: /etc/shopwire/config/merchants, readOnly: true}
{{- end }}
{{- include "shopwire.kafkaMounts" . }}
{{- end }}

{{- define "shopwire.configVolumes" -}}
{{- if .root.Values.config.existingVolume }}
- name: config
  {{- toYaml .root.Values.config.existingVolume | nindent 2 }}
{{- else }}
- name: installation
  configMap: {name: {{ include "shopwire.fullname" .root }}-installation}
- name: merchants
  configMap: {name: {{ include "shopwire.merchants" .root }}}
{{- end }}
{{- include "shopwire.kafkaVolumes" . }}
{{- end }}

{{- define "shopwire.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "shopwire.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
