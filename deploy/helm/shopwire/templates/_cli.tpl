{{/* The pod of a command of `shopwire`: {root, name, args, restart}. */}}
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
    env: {{- include "shopwire.env" (dict "root" .root "env" (dict "SHOPWIRE_ADMIN_TOKEN" .root.Values.adminToken.secret)) | nindent 6 }}
    resources:
      requests: {cpu: 50m, memory: 64Mi}
      limits: {memory: 128Mi}
    securityContext: {{- include "shopwire.containerSecurity" .root | nindent 6 }}
    volumeMounts: {{- include "shopwire.configMounts" .root | nindent 6 }}
volumes: {{- include "shopwire.configVolumes" .root | nindent 2 }}
{{- end }}
