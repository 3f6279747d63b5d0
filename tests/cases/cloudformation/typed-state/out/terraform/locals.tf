# Written by samc from template.yaml; the next build writes it anew.

locals {
  is_live = var.live == "yes"
}
