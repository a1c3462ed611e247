{{/* The pod of a command of `shopwire`: {root, name, who, args, restart, env}. */}}
{{- define "shopwire.cliPod" -}}
restartPolicy: {{ .restart }}
serviceAccountName: {{ include "shopwire.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext: {{- include "shopwire.podSecurity" .root | nindent 2 }}
containers:
  - name: {{ .name }}
    image: {{ include "shopwire.image" (dict "root" .root "program" "cli") }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args: {{ toJson .args }}
    {{- with include "shopwire.env" . | trim }}
    env: {{- . | nindent 6 }}
    {{- end }}
    resources:
      requests: {cpu: 50m, memory: 64Mi}
      limits: {memory: 128Mi}
    securityContext: {{- include "shopwire.containerSecurity" .root | nindent 6 }}
    volumeMounts: {{- include "shopwire.configMounts" . | nindent 6 }}
volumes: {{- include "shopwire.configVolumes" . | nindent 2 }}
{{- end }}
