# Written by samc from template.yaml; the next build writes it anew.

# ServerlessDeploymentApplication (AWS::CodeDeploy::Application), template.yaml:4
resource "aws_codedeploy_app" "serverless_deployment_application" {
  name             = "${var.stack_name}-ServerlessDeploymentApplication"
  compute_platform = "Lambda"
}

# CheckoutDeploymentGroup (AWS::CodeDeploy::DeploymentGroup), template.yaml:4
resource "aws_codedeploy_deployment_group" "checkout_deployment_group" {
  deployment_group_name = "${var.stack_name}-CheckoutDeploymentGroup"

  alarm_configuration {
    enabled = true
    alarms  = [aws_cloudwatch_metric_alarm.errors.alarm_name]
  }

  app_name = aws_codedeploy_app.serverless_deployment_application.name

  auto_rollback_configuration {
    enabled = true

    events = [
      "DEPLOYMENT_FAILURE",
      "DEPLOYMENT_STOP_ON_ALARM",
      "DEPLOYMENT_STOP_ON_REQUEST",
    ]
  }

  deployment_config_name = "CodeDeployDefault.LambdaCanary10Percent5Minutes"

  deployment_style {
    deployment_type   = "BLUE_GREEN"
    deployment_option = "WITH_TRAFFIC_CONTROL"
  }

  service_role_arn = aws_iam_role.code_deploy_service_role.arn
}
