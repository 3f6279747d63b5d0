# Written by samc from template.yaml; the next build writes it anew.

# Pool (AWS::Cognito::UserPool), template.yaml:4
resource "aws_cognito_user_pool" "pool" {
  name                     = "${var.stack_name}-Pool"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
}

# NotesApi (AWS::ApiGateway::RestApi), template.yaml:9
resource "aws_api_gateway_rest_api" "notes_api" {
  name = var.stack_name

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  parameters = {
    endpointConfigurationTypes = "REGIONAL"
  }

  body = jsonencode({
    swagger = "2.0"
    info = {
      version = "1.0"
      title   = var.stack_name
    }
    paths = {
      "/notes" = {
        "x-amazon-apigateway-any-method" = {
          "x-amazon-apigateway-integration" = {
            type       = "aws_proxy"
            httpMethod = "POST"
            uri        = aws_lambda_function.notes.invoke_arn
          }
          responses = {}
          security = [
            {
              Users = []
            },
          ]
        }
        options = {
          summary  = "CORS support"
          consumes = ["application/json"]
          produces = ["application/json"]
          "x-amazon-apigateway-integration" = {
            type = "mock"
            requestTemplates = {
              "application/json" = <<EOT
{
  "statusCode" : 200
}
EOT
            }
            responses = {
              default = {
                statusCode = "200"
                responseParameters = {
                  "method.response.header.Access-Control-Allow-Origin"  = "'*'"
                  "method.response.header.Access-Control-Allow-Methods" = "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"
                }
                responseTemplates = {
                  "application/json" = "{}\n"
                }
              }
            }
          }
          responses = {
            "200" = {
              description = "Default response for CORS method"
              headers = {
                "Access-Control-Allow-Origin" = {
                  type = "string"
                }
                "Access-Control-Allow-Methods" = {
                  type = "string"
                }
              }
            }
          }
        }
      }
    }
    securityDefinitions = {
      Users = {
        type                           = "apiKey"
        name                           = "Authorization"
        "in"                           = "header"
        "x-amazon-apigateway-authtype" = "cognito_user_pools"
        "x-amazon-apigateway-authorizer" = {
          type         = "cognito_user_pools"
          providerARNs = [aws_cognito_user_pool.pool.arn]
        }
      }
    }
  })
}

# NotesApiDeployment8e672ebb7d (AWS::ApiGateway::Deployment), template.yaml:9
resource "aws_api_gateway_deployment" "notes_api_deployment" {
  rest_api_id = aws_api_gateway_rest_api.notes_api.id
  description = "RestApi deployment id: 8e672ebb7dfe25066b89aa6c35ce70f85fff96ad"

  triggers = {
    body = sha1(aws_api_gateway_rest_api.notes_api.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# the stage that CloudFormation makes with the deployment
resource "aws_api_gateway_stage" "notes_api_deployment_stage" {
  rest_api_id   = aws_api_gateway_rest_api.notes_api.id
  deployment_id = aws_api_gateway_deployment.notes_api_deployment.id
  stage_name    = "Stage"
}

# NotesApiprodStage (AWS::ApiGateway::Stage), template.yaml:9
resource "aws_api_gateway_stage" "notes_apiprod_stage" {
  rest_api_id   = aws_api_gateway_rest_api.notes_api.id
  deployment_id = aws_api_gateway_deployment.notes_api_deployment.id
  stage_name    = "prod"
}

# Notes (AWS::Lambda::Function), template.yaml:22
resource "aws_lambda_function" "notes" {
  function_name = "${var.stack_name}-Notes"
  filename      = "${path.module}/notes/"
  handler       = "notes.handler"
  runtime       = "python3.13"

  tags = {
    "lambda:createdBy" = "SAM"
  }

  role = aws_iam_role.notes_role.arn

  depends_on = [
    aws_iam_role_policy_attachment.notes_role_aws_lambda_basic_execution_role,
    aws_iam_role_policy_attachment.notes_role_amazon_dynamo_db_read_only_access,
  ]
}

# NotesRole (AWS::IAM::Role), template.yaml:22
resource "aws_iam_role" "notes_role" {
  name = "${var.stack_name}-NotesRole"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = ["sts:AssumeRole"]
        Effect = "Allow"
        Principal = {
          Service = ["lambda.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    "lambda:createdBy" = "SAM"
  }
}

resource "aws_iam_role_policy_attachment" "notes_role_aws_lambda_basic_execution_role" {
  role       = aws_iam_role.notes_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy_attachment" "notes_role_amazon_dynamo_db_read_only_access" {
  role       = aws_iam_role.notes_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
}

# NotesAllPermissionprod (AWS::Lambda::Permission), template.yaml:30
resource "aws_lambda_permission" "notes_all_permissionprod" {
  statement_id  = "NotesAllPermissionprod"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.notes.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.notes_api.execution_arn}/*/*/notes"
}
