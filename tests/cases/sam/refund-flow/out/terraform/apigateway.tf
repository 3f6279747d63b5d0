# Written by samc from template.yaml; the next build writes it anew.

# ServerlessRestApi (AWS::ApiGateway::RestApi), template.yaml:4
resource "aws_api_gateway_rest_api" "serverless_rest_api" {
  name = var.stack_name

  body = jsonencode({
    swagger = "2.0"
    info = {
      version = "1.0"
      title   = var.stack_name
    }
    paths = {
      "/refunds" = {
        post = {
          "x-amazon-apigateway-integration" = {
            type       = "aws"
            httpMethod = "POST"
            uri        = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:states:action/StartExecution"
            responses = {
              "200" = {
                statusCode = "200"
              }
              "400" = {
                statusCode = "400"
              }
            }
            credentials = aws_iam_role.refund_ask_role.arn
            requestTemplates = {
              "application/json" = "{\"input\": \"$util.escapeJavaScript($input.json('$'))\", \"stateMachineArn\": \"${aws_sfn_state_machine.refund.arn}\"}"
            }
          }
          responses = {
            "200" = {
              description = "OK"
            }
            "400" = {
              description = "Bad Request"
            }
          }
        }
      }
    }
  })
}

# ServerlessRestApiDeploymentde2ad2ebb1 (AWS::ApiGateway::Deployment), template.yaml:4
resource "aws_api_gateway_deployment" "serverless_rest_api_deployment" {
  rest_api_id = aws_api_gateway_rest_api.serverless_rest_api.id
  description = "RestApi deployment id: de2ad2ebb113263f390604d899ff8f701ab791e8"

  triggers = {
    body = sha1(aws_api_gateway_rest_api.serverless_rest_api.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# the stage that CloudFormation makes with the deployment
resource "aws_api_gateway_stage" "serverless_rest_api_deployment_stage" {
  rest_api_id   = aws_api_gateway_rest_api.serverless_rest_api.id
  deployment_id = aws_api_gateway_deployment.serverless_rest_api_deployment.id
  stage_name    = "Stage"
}

# ServerlessRestApiProdStage (AWS::ApiGateway::Stage), template.yaml:4
resource "aws_api_gateway_stage" "serverless_rest_api_prod_stage" {
  rest_api_id   = aws_api_gateway_rest_api.serverless_rest_api.id
  deployment_id = aws_api_gateway_deployment.serverless_rest_api_deployment.id
  stage_name    = "Prod"
}
