# Written by samc from template.yaml; the next build writes it anew.

# BJ (AWS::Batch::JobDefinition), template.yaml:32
resource "aws_batch_job_definition" "bj" {
  name = "${var.stack_name}-BJ"
  type = "container"

  container_properties = jsonencode({
    image   = "a"
    command = ["x"]
    resourceRequirements = [
      {
        type  = "VCPU"
        value = "1"
      },
      {
        type  = "MEMORY"
        value = "512"
      },
    ]
    environment = [
      {
        name  = "a"
        value = "b"
      },
    ]
  })
}
