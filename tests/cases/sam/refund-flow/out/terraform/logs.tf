# Written by samc from template.yaml; the next build writes it anew.

# FlowLog (AWS::Logs::LogGroup), template.yaml:59
resource "aws_cloudwatch_log_group" "flow_log" {
  name = "${var.stack_name}-FlowLog"
}
