# Written by samc from template.yaml; the next build writes it anew.

locals {
  is_prod = var.stage == "prod"
  is_test = !local.is_prod
}
