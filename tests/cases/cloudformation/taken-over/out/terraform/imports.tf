# Written by samc from template.yaml; the next build writes it anew.

import {
  to = aws_sqs_queue.jobs[0]
  id = "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-Jobs-A1B2C3D4"
}

import {
  to = aws_sqs_queue.named
  id = "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-named"
}

import {
  to = aws_cloudwatch_event_bus.bus
  id = "shop-events"
}

import {
  to = aws_cloudwatch_event_rule.placed
  id = "shop-events/shop-Placed-Q1W2E3R4"
}

import {
  to = aws_cloudwatch_event_target.placed
  id = "shop-events/shop-Placed-Q1W2E3R4/jobs"
}

import {
  to = aws_s3_bucket.files
  id = "shop-files-z9y8x7w6"
}

import {
  to = aws_s3_bucket_versioning.files
  id = "shop-files-z9y8x7w6"
}

import {
  to = aws_iam_role.role
  id = "shop-Role-M1N2B3V4"
}

import {
  to = aws_iam_role_policy.role_queue
  id = "shop-Role-M1N2B3V4:prod-queue"
}

import {
  to = aws_lambda_function.work
  id = "shop-Work-K9J8H7G6"
}

import {
  to = aws_lambda_alias.live
  id = "shop-Work-K9J8H7G6/live"
}

import {
  to = aws_lambda_permission.may_call
  id = "shop-Work-K9J8H7G6:live/shop-MayCall-P0O9I8U7"
}

import {
  to = aws_cognito_user_pool.users
  id = "eu-west-1_AbCdEfGhI"
}

import {
  to = aws_secretsmanager_secret.key
  id = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Key-T5R4E3W2-a1B2c3"
}

import {
  to = aws_security_group.web
  id = "sg-0123456789abcdef0"
}
