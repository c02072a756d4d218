WITH `t20` AS (
  SELECT
    *
  FROM `events` AS `t6`
  WHERE
    `t6`.`remote_block` IN (
      SELECT
        *
      FROM `blocks` AS `t7`
    )
    OR `t6`.`apex` IN (
      SELECT
        *
      FROM `apexes` AS `t8`
    )
    OR `t6`.`hash` IN (
      SELECT
        `t3`.`value`
      FROM `hashes` AS `t3`
    )
    OR `t6`.`url` IN (
      SELECT
        `t4`.`value`
      FROM `urls` AS `t4`
    )
), `t37` AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t31`.`event`,
        `t31`.`at`,
        `t31`.`local_upper`,
        `t31`.`local_middle`,
        `t31`.`local_lower`,
        `t9`.`id` AS `indicator`,
        'address' AS `field`,
        IF(`t31`.`bits` = 128, 'same', 'inside') AS `rule`
      FROM (
        SELECT
          `t27`.`event`,
          `t27`.`at`,
          `t27`.`remote_block`,
          `t27`.`remote_upper`,
          `t27`.`remote_middle`,
          `t27`.`remote_lower`,
          `t27`.`local_upper`,
          `t27`.`local_middle`,
          `t27`.`local_lower`,
          `t27`.`name`,
          `t27`.`apex`,
          `t27`.`hash`,
          `t27`.`url`,
          `t27`.`bits`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t27`.`remote_upper`, GREATEST(LEAST(48 - `t27`.`bits`, 48), 0))
            ),
            GREATEST(LEAST(48 - `t27`.`bits`, 48), 0)
          ) AS `upper`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t27`.`remote_middle`, GREATEST(LEAST(96 - `t27`.`bits`, 48), 0))
            ),
            GREATEST(LEAST(96 - `t27`.`bits`, 48), 0)
          ) AS `middle`,
          SHIFTLEFT(
            (
              SHIFTRIGHT(`t27`.`remote_lower`, GREATEST(LEAST(128 - `t27`.`bits`, 32), 0))
            ),
            GREATEST(LEAST(128 - `t27`.`bits`, 32), 0)
          ) AS `lower`
        FROM (
          SELECT
            `t23`.`event`,
            `t23`.`at`,
            `t23`.`remote_block`,
            `t23`.`remote_upper`,
            `t23`.`remote_middle`,
            `t23`.`remote_lower`,
            `t23`.`local_upper`,
            `t23`.`local_middle`,
            `t23`.`local_lower`,
            `t23`.`name`,
            `t23`.`apex`,
            `t23`.`hash`,
            `t23`.`url`,
            EXPLODE(
              ARRAY(36, 41, 65, 73, 80, 84, 88, 96, 97, 98, 116, 118, 119, 120, 122, 123, 125, 127, 128)
            ) AS `bits`
          FROM (
            SELECT
              *
            FROM `t20` AS `t21`
            WHERE
              `t21`.`remote_block` IS NOT NULL
          ) AS `t23`
        ) AS `t27`
      ) AS `t31`
      INNER JOIN `networks` AS `t9`
        ON `t31`.`bits` = `t9`.`bits`
        AND `t31`.`upper` = `t9`.`upper`
        AND `t31`.`middle` = `t9`.`middle`
        AND `t31`.`lower` = `t9`.`lower`
    ) AS `t33`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t34`.`event`,
        `t34`.`at`,
        `t34`.`local_upper`,
        `t34`.`local_middle`,
        `t34`.`local_lower`,
        `t10`.`id` AS `indicator`,
        'name' AS `field`,
        IF(`t34`.`name` = `t34`.`suffix`, 'same', 'inside') AS `rule`
      FROM (
        SELECT
          `t29`.`event`,
          `t29`.`at`,
          `t29`.`remote_block`,
          `t29`.`remote_upper`,
          `t29`.`remote_middle`,
          `t29`.`remote_lower`,
          `t29`.`local_upper`,
          `t29`.`local_middle`,
          `t29`.`local_lower`,
          `t29`.`name`,
          `t29`.`apex`,
          `t29`.`hash`,
          `t29`.`url`,
          `t29`.`labels`,
          `t29`.`first`,
          IF(
            SIZE(
              SLICE(
                `t29`.`labels`,
                IF(
                  `t29`.`first` < 0,
                  IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                  `t29`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t29`.`labels`) < 0,
                    IF(
                      SIZE(`t29`.`labels`) < -SIZE(`t29`.`labels`),
                      0,
                      SIZE(`t29`.`labels`) + SIZE(`t29`.`labels`)
                    ),
                    SIZE(`t29`.`labels`)
                  ) < IF(
                    `t29`.`first` < 0,
                    IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                    `t29`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t29`.`labels`) < 0,
                    IF(
                      SIZE(`t29`.`labels`) < -SIZE(`t29`.`labels`),
                      0,
                      SIZE(`t29`.`labels`) + SIZE(`t29`.`labels`)
                    ),
                    SIZE(`t29`.`labels`)
                  ) - IF(
                    `t29`.`first` < 0,
                    IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                    `t29`.`first`
                  )
                )
              )
            ) > 0,
            CONCAT_WS(
              '.',
              SLICE(
                `t29`.`labels`,
                IF(
                  `t29`.`first` < 0,
                  IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                  `t29`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t29`.`labels`) < 0,
                    IF(
                      SIZE(`t29`.`labels`) < -SIZE(`t29`.`labels`),
                      0,
                      SIZE(`t29`.`labels`) + SIZE(`t29`.`labels`)
                    ),
                    SIZE(`t29`.`labels`)
                  ) < IF(
                    `t29`.`first` < 0,
                    IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                    `t29`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t29`.`labels`) < 0,
                    IF(
                      SIZE(`t29`.`labels`) < -SIZE(`t29`.`labels`),
                      0,
                      SIZE(`t29`.`labels`) + SIZE(`t29`.`labels`)
                    ),
                    SIZE(`t29`.`labels`)
                  ) - IF(
                    `t29`.`first` < 0,
                    IF(`t29`.`first` < -SIZE(`t29`.`labels`), 0, SIZE(`t29`.`labels`) + `t29`.`first`),
                    `t29`.`first`
                  )
                )
              )
            ),
            NULL
          ) AS `suffix`
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
            `t24`.`labels`,
            EXPLODE(
              IF(
                (
                  1 <> 0
                ) AND (
                  SIGN(1) = SIGN(GREATEST(SIZE(`t24`.`labels`) - 1, 1) - 0)
                ),
                IF(
                  ELEMENT_AT(
                    SEQUENCE(0, GREATEST(SIZE(`t24`.`labels`) - 1, 1), 1),
                    SIZE(SEQUENCE(0, GREATEST(SIZE(`t24`.`labels`) - 1, 1), 1))
                  ) = GREATEST(SIZE(`t24`.`labels`) - 1, 1),
                  SLICE(
                    SEQUENCE(0, GREATEST(SIZE(`t24`.`labels`) - 1, 1), 1),
                    1,
                    SIZE(SEQUENCE(0, GREATEST(SIZE(`t24`.`labels`) - 1, 1), 1)) - 1
                  ),
                  SEQUENCE(0, GREATEST(SIZE(`t24`.`labels`) - 1, 1), 1)
                ),
                ARRAY()
              )
            ) AS `first`
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
              SPLIT(REPLACE(`t21`.`name`, '.', '/'), '/') AS `labels`
            FROM `t20` AS `t21`
            WHERE
              `t21`.`apex` IS NOT NULL
          ) AS `t24`
        ) AS `t29`
      ) AS `t34`
      INNER JOIN `names` AS `t10`
        ON `t34`.`suffix` = `t10`.`name`
    ) AS `t35`
  ) AS `t36`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t22`.`event`,
        `t22`.`at`,
        `t22`.`local_upper`,
        `t22`.`local_middle`,
        `t22`.`local_lower`,
        `t11`.`id` AS `indicator`,
        'hash' AS `field`,
        'same' AS `rule`
      FROM `t20` AS `t22`
      INNER JOIN `hashes` AS `t11`
        ON `t22`.`hash` = `t11`.`value`
    ) AS `t25`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t22`.`event`,
        `t22`.`at`,
        `t22`.`local_upper`,
        `t22`.`local_middle`,
        `t22`.`local_lower`,
        `t12`.`id` AS `indicator`,
        'url' AS `field`,
        'same' AS `rule`
      FROM `t20` AS `t22`
      INNER JOIN `urls` AS `t12`
        ON `t22`.`url` = `t12`.`value`
    ) AS `t26`
  ) AS `t28`
)
SELECT
  *
FROM (
  SELECT
    `t39`.`event`,
    `t39`.`at`,
    `t39`.`indicator`,
    `t39`.`field`,
    `t39`.`rule`,
    COALESCE(`t47`.`asset`, '') AS `asset`,
    COALESCE(`t47`.`layer`, 'informational') AS `layer`,
    CAST(IF(
      `t19`.`is_shared` IS NOT NULL,
      20,
      CASE
        WHEN `t39`.`rule` = 'same'
        THEN 95
        WHEN `t39`.`rule` = 'inside'
        THEN 90
        ELSE 20
      END
    ) AS BIGINT) AS `confidence`
  FROM `t37` AS `t39`
  LEFT OUTER JOIN (
    SELECT
      `t45`.`local_upper`,
      `t45`.`local_middle`,
      `t45`.`local_lower`,
      `t45`.`asset`,
      `t45`.`layer`
    FROM (
      SELECT
        `t44`.`local_upper`,
        `t44`.`local_middle`,
        `t44`.`local_lower`,
        `t44`.`bits`,
        `t44`.`asset`,
        `t44`.`layer`,
        ROW_NUMBER() OVER (
          PARTITION BY `t44`.`local_upper`, `t44`.`local_middle`, `t44`.`local_lower`
          ORDER BY `t44`.`bits` DESC, `t44`.`asset` ASC NULLS LAST
        ) - 1 AS `place`
      FROM (
        SELECT
          `t43`.`local_upper`,
          `t43`.`local_middle`,
          `t43`.`local_lower`,
          `t43`.`bits`,
          `t13`.`id` AS `asset`,
          `t13`.`layer`
        FROM (
          SELECT
            `t41`.`local_upper`,
            `t41`.`local_middle`,
            `t41`.`local_lower`,
            `t41`.`bits`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t41`.`local_upper`, GREATEST(LEAST(48 - `t41`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(48 - `t41`.`bits`, 48), 0)
            ) AS `upper`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t41`.`local_middle`, GREATEST(LEAST(96 - `t41`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(96 - `t41`.`bits`, 48), 0)
            ) AS `middle`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t41`.`local_lower`, GREATEST(LEAST(128 - `t41`.`bits`, 32), 0))
              ),
              GREATEST(LEAST(128 - `t41`.`bits`, 32), 0)
            ) AS `lower`
          FROM (
            SELECT
              `t40`.`local_upper`,
              `t40`.`local_middle`,
              `t40`.`local_lower`,
              EXPLODE(
                ARRAY(20, 28, 36, 43, 50, 60, 69, 75, 99, 104, 108, 116, 117, 120, 123, 125, 128)
              ) AS `bits`
            FROM (
              SELECT DISTINCT
                `t38`.`local_upper`,
                `t38`.`local_middle`,
                `t38`.`local_lower`
              FROM `t37` AS `t38`
            ) AS `t40`
          ) AS `t41`
        ) AS `t43`
        INNER JOIN `assets` AS `t13`
          ON `t43`.`bits` = `t13`.`bits`
          AND `t43`.`upper` = `t13`.`upper`
          AND `t43`.`middle` = `t13`.`middle`
          AND `t43`.`lower` = `t13`.`lower`
      ) AS `t44`
    ) AS `t45`
    WHERE
      `t45`.`place` = 0
  ) AS `t47`
    ON `t39`.`local_upper` = `t47`.`local_upper`
    AND `t39`.`local_middle` = `t47`.`local_middle`
    AND `t39`.`local_lower` = `t47`.`local_lower`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`id`,
      TRUE AS `is_shared`
    FROM `shared` AS `t0`
  ) AS `t19`
    ON `t39`.`indicator` = `t19`.`id`
) AS `t48`
