# Written by samc from template.yaml; the next build writes it anew.

locals {
  busy = var.is_busy == "yes"
}
