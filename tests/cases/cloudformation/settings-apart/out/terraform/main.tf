# Written by samc from template.yaml; the next build writes it anew.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}
