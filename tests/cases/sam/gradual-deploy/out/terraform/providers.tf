# Written by samc from template.yaml; the next build writes it anew.

provider "aws" {}
