WITH `t34` AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t27`.`event`,
        `t27`.`at`,
        `t27`.`local_upper`,
        `t27`.`local_middle`,
        `t27`.`local_lower`,
        `t10`.`id` AS `indicator`,
        'address' AS `field`,
        IF(`t27`.`bits` = 128, 'same', 'inside') AS `rule`
      FROM (
        SELECT
          `t24`.`event`,
          `t24`.`at`,
          `t24`.`remote_block`,
          `t24`.`remote_upper`,
          `t24`.`remote_middle`,
          `t24`.`remote_lower`,
          `t24`.`local_upper`,
          `t24`.`local_middle`,
          `t24`.`local_lower`,
          `t24`.`name`,
          `t24`.`apex`,
          `t24`.`hash`,
          `t24`.`url`,
          `t24`.`bits`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t24`.`remote_upper`, GREATEST(LEAST(48 - `t24`.`bits`, 48), 0))
            ),
            GREATEST(LEAST(48 - `t24`.`bits`, 48), 0)
          ) AS `upper`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t24`.`remote_middle`, GREATEST(LEAST(96 - `t24`.`bits`, 48), 0))
            ),
            GREATEST(LEAST(96 - `t24`.`bits`, 48), 0)
          ) AS `middle`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t24`.`remote_lower`, GREATEST(LEAST(128 - `t24`.`bits`, 32), 0))
            ),
            GREATEST(LEAST(128 - `t24`.`bits`, 32), 0)
          ) AS `lower`
        FROM (
          SELECT
            `t21`.`event`,
            `t21`.`at`,
            `t21`.`remote_block`,
            `t21`.`remote_upper`,
            `t21`.`remote_middle`,
            `t21`.`remote_lower`,
            `t21`.`local_upper`,
            `t21`.`local_middle`,
            `t21`.`local_lower`,
            `t21`.`name`,
            `t21`.`apex`,
            `t21`.`hash`,
            `t21`.`url`,
            EXPLODE(
              ARRAY(36, 41, 65, 73, 80, 84, 88, 96, 97, 98, 116, 118, 119, 120, 122, 123, 125, 127, 128)
            ) AS `bits`
          FROM (
            SELECT
              `t9`.`event`,
              `t9`.`at`,
              `t9`.`remote_block`,
              `t9`.`remote_upper`,
              `t9`.`remote_middle`,
              `t9`.`remote_lower`,
              `t9`.`local_upper`,
              `t9`.`local_middle`,
              `t9`.`local_lower`,
              `t9`.`name`,
              `t9`.`apex`,
              `t9`.`hash`,
              `t9`.`url`
            FROM `events` AS `t9`
            LEFT SEMI JOIN `blocks` AS `t15`
              ON `t9`.`remote_block` = `t15`.`block`
          ) AS `t21`
        ) AS `t24`
      ) AS `t27`
      INNER JOIN `networks` AS `t10`
        ON `t27`.`bits` = `t10`.`bits`
        AND `t27`.`upper` = `t10`.`upper`
        AND `t27`.`middle` = `t10`.`middle`
        AND `t27`.`lower` = `t10`.`lower`
    ) AS `t29`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t31`.`event`,
        `t31`.`at`,
        `t31`.`local_upper`,
        `t31`.`local_middle`,
        `t31`.`local_lower`,
        `t11`.`id` AS `indicator`,
        'name' AS `field`,
        IF(`t31`.`name` = `t31`.`suffix`, 'same', 'inside') AS `rule`
      FROM (
        SELECT
          `t28`.`event`,
          `t28`.`at`,
          `t28`.`remote_block`,
          `t28`.`remote_upper`,
          `t28`.`remote_middle`,
          `t28`.`remote_lower`,
          `t28`.`local_upper`,
          `t28`.`local_middle`,
          `t28`.`local_lower`,
          `t28`.`name`,
          `t28`.`apex`,
          `t28`.`hash`,
          `t28`.`url`,
          `t28`.`labels`,
          `t28`.`first`,
          IF(
            SIZE(
              SLICE(
                `t28`.`labels`,
                IF(
                  `t28`.`first` < 0,
                  IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                  `t28`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t28`.`labels`) < 0,
                    IF(
                      SIZE(`t28`.`labels`) < -SIZE(`t28`.`labels`),
                      0,
                      SIZE(`t28`.`labels`) + SIZE(`t28`.`labels`)
                    ),
                    SIZE(`t28`.`labels`)
                  ) < IF(
                    `t28`.`first` < 0,
                    IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                    `t28`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t28`.`labels`) < 0,
                    IF(
                      SIZE(`t28`.`labels`) < -SIZE(`t28`.`labels`),
                      0,
                      SIZE(`t28`.`labels`) + SIZE(`t28`.`labels`)
                    ),
                    SIZE(`t28`.`labels`)
                  ) - IF(
                    `t28`.`first` < 0,
                    IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                    `t28`.`first`
                  )
                )
              )
            ) > 0,
            CONCAT_WS(
              '.',
              SLICE(
                `t28`.`labels`,
                IF(
                  `t28`.`first` < 0,
                  IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                  `t28`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t28`.`labels`) < 0,
                    IF(
                      SIZE(`t28`.`labels`) < -SIZE(`t28`.`labels`),
                      0,
                      SIZE(`t28`.`labels`) + SIZE(`t28`.`labels`)
                    ),
                    SIZE(`t28`.`labels`)
                  ) < IF(
                    `t28`.`first` < 0,
                    IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                    `t28`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t28`.`labels`) < 0,
                    IF(
                      SIZE(`t28`.`labels`) < -SIZE(`t28`.`labels`),
                      0,
                      SIZE(`t28`.`labels`) + SIZE(`t28`.`labels`)
                    ),
                    SIZE(`t28`.`labels`)
                  ) - IF(
                    `t28`.`first` < 0,
                    IF(`t28`.`first` < -SIZE(`t28`.`labels`), 0, SIZE(`t28`.`labels`) + `t28`.`first`),
                    `t28`.`first`
                  )
                )
              )
            ),
            NULL
          ) AS `suffix`
        FROM (
          SELECT
            `t25`.`event`,
            `t25`.`at`,
            `t25`.`remote_block`,
            `t25`.`remote_upper`,
            `t25`.`remote_middle`,
            `t25`.`remote_lower`,
            `t25`.`local_upper`,
            `t25`.`local_middle`,
            `t25`.`local_lower`,
            `t25`.`name`,
            `t25`.`apex`,
            `t25`.`hash`,
            `t25`.`url`,
            `t25`.`labels`,
            EXPLODE(
              IF(
                (
                  1 <> 0
                ) AND (
                  SIGN(1) = SIGN(GREATEST(SIZE(`t25`.`labels`) - 1, 1) - 0)
                ),
                IF(
                  ELEMENT_AT(
                    SEQUENCE(0, GREATEST(SIZE(`t25`.`labels`) - 1, 1), 1),
                    SIZE(SEQUENCE(0, GREATEST(SIZE(`t25`.`labels`) - 1, 1), 1))
                  ) = GREATEST(SIZE(`t25`.`labels`) - 1, 1),
                  SLICE(
                    SEQUENCE(0, GREATEST(SIZE(`t25`.`labels`) - 1, 1), 1),
                    1,
                    SIZE(SEQUENCE(0, GREATEST(SIZE(`t25`.`labels`) - 1, 1), 1)) - 1
                  ),
                  SEQUENCE(0, GREATEST(SIZE(`t25`.`labels`) - 1, 1), 1)
                ),
                ARRAY()
              )
            ) AS `first`
          FROM (
            SELECT
              `t22`.`event`,
              `t22`.`at`,
              `t22`.`remote_block`,
              `t22`.`remote_upper`,
              `t22`.`remote_middle`,
              `t22`.`remote_lower`,
              `t22`.`local_upper`,
              `t22`.`local_middle`,
              `t22`.`local_lower`,
              `t22`.`name`,
              `t22`.`apex`,
              `t22`.`hash`,
              `t22`.`url`,
              SPLIT(`t22`.`name`, '.') AS `labels`
            FROM (
              SELECT
                `t9`.`event`,
                `t9`.`at`,
                `t9`.`remote_block`,
                `t9`.`remote_upper`,
                `t9`.`remote_middle`,
                `t9`.`remote_lower`,
                `t9`.`local_upper`,
                `t9`.`local_middle`,
                `t9`.`local_lower`,
                `t9`.`name`,
                `t9`.`apex`,
                `t9`.`hash`,
                `t9`.`url`
              FROM `events` AS `t9`
              LEFT SEMI JOIN `apexes` AS `t16`
                ON `t9`.`apex` = `t16`.`apex`
            ) AS `t22`
          ) AS `t25`
        ) AS `t28`
      ) AS `t31`
      INNER JOIN `names` AS `t11`
        ON `t31`.`suffix` = `t11`.`name`
    ) AS `t32`
  ) AS `t33`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t9`.`event`,
        `t9`.`at`,
        `t9`.`local_upper`,
        `t9`.`local_middle`,
        `t9`.`local_lower`,
        `t12`.`id` AS `indicator`,
        'hash' AS `field`,
        'same' AS `rule`
      FROM `events` AS `t9`
      INNER JOIN `hashes` AS `t12`
        ON `t9`.`hash` = `t12`.`value`
    ) AS `t19`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t9`.`event`,
        `t9`.`at`,
        `t9`.`local_upper`,
        `t9`.`local_middle`,
        `t9`.`local_lower`,
        `t13`.`id` AS `indicator`,
        'url' AS `field`,
        'same' AS `rule`
      FROM `events` AS `t9`
      INNER JOIN `urls` AS `t13`
        ON `t9`.`url` = `t13`.`value`
    ) AS `t20`
  ) AS `t23`
)
SELECT
  *
FROM (
  SELECT
    `t36`.`event`,
    `t36`.`at`,
    `t36`.`indicator`,
    `t36`.`field`,
    `t36`.`rule`,
    COALESCE(`t43`.`asset`, '') AS `asset`,
    COALESCE(`t43`.`layer`, 'informational') AS `layer`,
    CAST(IF(
      `t18`.`is_shared` IS NOT NULL,
      20,
      CASE
        WHEN `t36`.`rule` = 'same'
        THEN 95
        WHEN `t36`.`rule` = 'inside'
        THEN 90
        ELSE 20
      END
    ) AS BIGINT) AS `confidence`
  FROM `t34` AS `t36`
  LEFT OUTER JOIN (
    SELECT
      `t41`.`event`,
      `t41`.`indicator`,
      `t41`.`field`,
      `t41`.`rule`,
      `t41`.`asset`,
      `t41`.`layer`
    FROM (
      SELECT
        `t40`.`event`,
        `t40`.`indicator`,
        `t40`.`field`,
        `t40`.`rule`,
        `t40`.`bits`,
        `t40`.`asset`,
        `t40`.`layer`,
        ROW_NUMBER() OVER (
          PARTITION BY `t40`.`event`, `t40`.`indicator`, `t40`.`field`, `t40`.`rule`
          ORDER BY `t40`.`bits` DESC, `t40`.`asset` ASC NULLS LAST
        ) - 1 AS `place`
      FROM (
        SELECT
          `t39`.`event`,
          `t39`.`indicator`,
          `t39`.`field`,
          `t39`.`rule`,
          `t39`.`bits`,
          `t14`.`id` AS `asset`,
          `t14`.`layer`
        FROM (
          SELECT
            `t37`.`event`,
            `t37`.`at`,
            `t37`.`local_upper`,
            `t37`.`local_middle`,
            `t37`.`local_lower`,
            `t37`.`indicator`,
            `t37`.`field`,
            `t37`.`rule`,
            `t37`.`bits`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t37`.`local_upper`, GREATEST(LEAST(48 - `t37`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(48 - `t37`.`bits`, 48), 0)
            ) AS `upper`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t37`.`local_middle`, GREATEST(LEAST(96 - `t37`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(96 - `t37`.`bits`, 48), 0)
            ) AS `middle`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t37`.`local_lower`, GREATEST(LEAST(128 - `t37`.`bits`, 32), 0))
              ),
              GREATEST(LEAST(128 - `t37`.`bits`, 32), 0)
            ) AS `lower`
          FROM (
            SELECT
              `t35`.`event`,
              `t35`.`at`,
              `t35`.`local_upper`,
              `t35`.`local_middle`,
              `t35`.`local_lower`,
              `t35`.`indicator`,
              `t35`.`field`,
              `t35`.`rule`,
              EXPLODE(
                ARRAY(20, 28, 36, 43, 50, 60, 69, 75, 99, 104, 108, 116, 117, 120, 123, 125, 128)
              ) AS `bits`
            FROM `t34` AS `t35`
          ) AS `t37`
        ) AS `t39`
        INNER JOIN `assets` AS `t14`
          ON `t39`.`bits` = `t14`.`bits`
          AND `t39`.`upper` = `t14`.`upper`
          AND `t39`.`middle` = `t14`.`middle`
          AND `t39`.`lower` = `t14`.`lower`
      ) AS `t40`
    ) AS `t41`
    WHERE
      `t41`.`place` = 0
  ) AS `t43`
    ON `t36`.`event` = `t43`.`event`
    AND `t36`.`indicator` = `t43`.`indicator`
    AND `t36`.`field` = `t43`.`field`
    AND `t36`.`rule` = `t43`.`rule`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`id`,
      TRUE AS `is_shared`
    FROM `shared` AS `t0`
  ) AS `t18`
    ON `t36`.`indicator` = `t18`.`id`
) AS `t44`
