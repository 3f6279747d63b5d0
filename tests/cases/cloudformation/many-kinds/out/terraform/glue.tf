# Written by samc from template.yaml; the next build writes it anew.

# GJ (AWS::Glue::Job), template.yaml:24
resource "aws_glue_job" "gj" {
  name     = "${var.stack_name}-GJ"
  role_arn = "arn:aws:iam::123456789012:role/a"

  command {
    name            = "glueetl"
    script_location = "s3://a/b.py"
  }

  glue_version = "4.0"

  default_arguments = {
    "--a" = "b"
  }

  execution_property {
    max_concurrent_runs = 2
  }
}
