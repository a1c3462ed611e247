{{/* The simulated systems by name: which connector comes to each, and with which command. */}}
{{- define "shopwire.sandboxes" -}}
{{- $listen := list "--bind" "0.0.0.0" "--port" "8080" "--control-port" "8090" }}
{{- $shop := list "--home-url" (printf "http://%s-sandbox-shop:8080" (include "shopwire.fullname" .)) "--currency" .Values.sandbox.currency }}
{{- /* An argument @FILE stands for what the file holds. */}}
{{- $shop = concat $shop (list "--consumer-key" "@/etc/shopwire/secret/key" "--consumer-secret" "@/etc/shopwire/secret/secret") }}
sandbox-shop:
  connector: woocommerce
  args: {{ concat (list "sandbox-shop") $listen $shop | toJson }}
  secret: {{ .Values.sandbox.shopSecret.name }}
  items: [{key: {{ .Values.sandbox.shopSecret.key }}, path: key}, {key: {{ .Values.sandbox.shopSecret.secret }}, path: secret}]
sandbox-sors:
  connector: sors
  args: {{ concat (list "sandbox-erp") $listen (list "--key" "@/etc/shopwire/secret/key") | toJson }}
  secret: {{ .Values.sandbox.sorsSecret.name }}
  items: [{key: {{ .Values.sandbox.sorsSecret.key }}, path: key}]
{{- end }}

{{/* The way of a connector to the simulated system that it talks to: {root, service}. */}}
{{- define "shopwire.sandboxEgress" -}}
{{- if .root.Values.sandbox.enabled }}
{{- range $name, $one := include "shopwire.sandboxes" .root | fromYaml }}
{{- if eq $one.connector $.service }}
{{ include "shopwire.sandboxPeer" (dict "root" $.root "way" "to" "service" $name "port" 8080) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* One rule of a policy, between pods of this release: {root, way, service, port}, with way as from or to. */}}
{{- define "shopwire.sandboxPeer" -}}
- {{ .way }}:
    - podSelector:
        matchLabels: {{- include "shopwire.selector" . | nindent 10 }}
  ports:
    - {protocol: TCP, port: {{ .port }}}
{{- end }}

{{/* What all pods of the sandbox's image have alike. */}}
{{- define "shopwire.sandboxPod" -}}
serviceAccountName: {{ include "shopwire.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext: {{- include "shopwire.podSecurity" . | nindent 2 }}
{{- end }}
