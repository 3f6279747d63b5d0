# Written by samc from template.json; the next build writes it anew.

provider "aws" {}
